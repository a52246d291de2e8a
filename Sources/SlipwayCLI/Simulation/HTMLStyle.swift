/// The look of a report: light and dark, on paper too.
enum HTMLStyle {
  static let css = """
    :root { color-scheme: light dark; --ground: #ffffff; --panel: #f6f7f9; --line: #dfe3e8; --text: #1b2330; --soft: #5c6675;
      --promoted: #2a6fc9; --back: #c3cad4; --bake: #e2a336; --other: #8d6bb3; --right: #1c7c3f; --weak: #9a6200; --wrong: #c0282d; }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #14181f; --panel: #1c222b; --line: #323a46; --text: #e6e9ee; --soft: #9aa5b4; --promoted: #5c9df2;
        --back: #4a5462; --bake: #d99a2b; --other: #a98bd0; --right: #56c27f; --weak: #e0aa4a; --wrong: #f0797c; } }
    @media print { :root { --ground: #ffffff; --panel: #ffffff; --line: #cccccc; --text: #000000; --soft: #444444;
        --promoted: #2a6fc9; --back: #c3cad4; --bake: #e2a336; --right: #1c7c3f; --weak: #9a6200; --wrong: #c0282d; }
      main { max-width: none; padding: 0; } section, .tile, tr, figure { break-inside: avoid; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
    main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
    h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
    p { margin: .4rem 0; max-width: 46rem; } .soft, figcaption { color: var(--soft); }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
    .tile { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
    .tile b { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
    .tile span { color: var(--soft); font-size: .875rem; }
    figure { margin: .75rem 0; overflow-x: auto; } figcaption { font-size: .875rem; margin-top: .25rem; }
    svg { display: block; width: 100%; height: auto; min-width: 40rem; } .half svg { min-width: 20rem; }
    .halves { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; }
    svg text { fill: var(--text); font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; } svg .soft { fill: var(--soft); }
    svg .grid { stroke: var(--line); stroke-width: 1; } svg .whisker { stroke: var(--text); stroke-width: 1.25; fill: none; }
    .promoted { fill: var(--promoted); } .back { fill: var(--back); } .bake { fill: var(--bake); } .other { fill: var(--other); }
    svg .curve { stroke: var(--promoted); stroke-width: 2; fill: none; } svg .band { fill: var(--promoted); opacity: .18; }
    svg .right { fill: var(--right); } svg .weak { fill: var(--weak); } svg .wrong { fill: var(--wrong); } svg .either { fill: var(--soft); }
    .right { color: var(--right); } .weak { color: var(--weak); } .wrong { color: var(--wrong); } .either { color: var(--soft); }
    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; color: var(--soft); margin: .25rem 0; }
    .legend i { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .4rem; vertical-align: -1px; }
    .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
    th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line);
      vertical-align: top; } td.n, th.n { text-align: right; white-space: nowrap; } td.name { min-width: 15rem; }
    ul.advice { list-style: none; padding: 0; margin: .5rem 0; } ul.advice li { border-left: 4px solid var(--line); padding: .1rem 0 .1rem .8rem;
      margin: .6rem 0; max-width: 50rem; } ul.advice li.warning { border-color: var(--bake); }
    pre { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; overflow-x: auto;
      font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .875rem; margin: .5rem 0; }
    dt { color: var(--soft); } dd { margin: 0; }
    """
}
