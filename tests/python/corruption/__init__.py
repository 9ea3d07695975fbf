"""Every kind of loss that was seen or that we could invent, done to a built database: the proof must name it."""
