==== a verb with a typo
-- run
  $ skep verson
  skep: error: 'skep' has no command 'verson'
    did you mean 'version'?
    see 'skep --help'

==== the version
-- run
  $ skep version
  skep 0.1.0

