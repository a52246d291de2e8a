enum SlipwayProxyPlaceholder {}
