enum SlipwayModelPlaceholder {}
