enum SlipwayLocalPlaceholder {}
