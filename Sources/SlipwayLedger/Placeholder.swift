enum SlipwayLedgerPlaceholder {}
