enum SlipwayCLIPlaceholder {}
