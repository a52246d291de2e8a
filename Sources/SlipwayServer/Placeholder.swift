enum SlipwayServerPlaceholder {}
