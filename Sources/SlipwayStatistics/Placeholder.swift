enum SlipwayStatisticsPlaceholder {}
