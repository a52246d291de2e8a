enum SlipwayRuntimePlaceholder {}
