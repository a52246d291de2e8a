enum SlipwayDemoPlaceholder {}
