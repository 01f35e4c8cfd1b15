package spool

// noFollow has nothing to say where there are no links.
const noFollow = 0
