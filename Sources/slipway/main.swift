import SlipwayCLI

await CommandLineProgram.main()
