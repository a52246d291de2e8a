enum SlipwayPortsPlaceholder {}
