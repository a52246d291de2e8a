enum SlipwayConfigPlaceholder {}
