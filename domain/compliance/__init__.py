"""Who may hold a token and how much of it: a rulebook as data, each rule a function of facts."""
