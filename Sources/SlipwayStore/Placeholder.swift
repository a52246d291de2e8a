enum SlipwayStorePlaceholder {}
