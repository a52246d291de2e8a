enum SlipwayEnginePlaceholder {}
