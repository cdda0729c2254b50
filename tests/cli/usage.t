==== a verb with a typo
-- run
  $ skep verson
  skep: error: 'skep' has no command 'verson'
    did you mean 'version'?
    see 'skep --help'
  [2]
  $ skep disasm
  skep: error: 'skep' has no command 'disasm'
    see 'skep --help'
  [2]
  $ skep xyzzy
  skep: error: 'skep' has no command 'xyzzy'
    see 'skep --help'
  [2]

==== an option with a typo
-- run
  $ skep dis --stile=llvm -
  skep: error: 'skep dis' has no option '--stile'
    did you mean '--style'?
    see 'skep dis --help'
  [2]
  $ skep --versoin
  skep: error: 'skep' has no option '--versoin'
    did you mean '--version'?
    see 'skep --help'
  [2]
  $ skep -Z
  skep: error: 'skep' has no option '-Z'
    see 'skep --help'
  [2]

==== values
-- run
  $ skep dis --style=gnu -
  skep: error: option '--style' cannot be 'gnu'
    it can be 'kernel'
    it can be 'llvm'
  [2]
  $ skep dis --style
  skep: error: option '--style' needs its STYLE
  [2]
  $ skep version --json=yes
  skep: error: option '--json' takes no value
  [2]
  $ skep run --repeat many x
  skep: error: option '--repeat' takes a number, not 'many'
  [2]
  $ skep run --repeat 99999999999999999999 x
  skep: error: option '--repeat': '99999999999999999999' is too large
  [2]

==== the version
-- run
  $ skep version
  skep 0.1.0
  $ skep --version
  skep 0.1.0
  $ skep -V
  skep 0.1.0
  $ skep version -j
  {"version":"0.1.0",*} (glob)

==== unique prefixes of commands and options
-- run
  $ skep vers
  skep 0.1.0
  $ skep version --js
  {"version":"0.1.0",*} (glob)
  $ skep version --ver
  skep: error: '--ver' could be several options
    --verbose
    --version
  [2]

==== help
-- run
  $ skep help version
  skep version - show the version and how it was built
  
  Usage
    skep version
  
  Options of every command
    -j, --json           output as JSON
    -p, --pretty         output as indented JSON
    -f, --format=FORMAT  output as text, json, pretty or lines (one JSON object a
                         line)
        --color=WHEN     colour: auto (on a terminal, the default), always or
                         never
        --engine=ENGINE  kernel, embedded (in this process), or auto: the kernel
                         if it lets us
    -v, --verbose        say more; twice: even more
    -q, --quiet          say only what went wrong
    -V, --version        show the version
    -h, --help           this text
  
  Examples
    # with the compiler and the kind of build
    skep version -v
  $ skep version --help | head -1
  skep version - show the version and how it was built
  $ skep help nosuch
  skep: error: 'skep' has no command 'nosuch'
    see 'skep --help'
  [2]
  $ skep | head -1
  skep - eBPF, whole, in one small program
  $ skep help --verbs
  run
  load
  build
  prog
  map
  link
  cgroup
  net
  perf
  struct_ops
  iter
  feature
  top
  doctor
  btf
  gen
  asm
  dis
  help
  version

==== output that cannot be written
-- run
  $ skep version > /dev/full
  skep: error: cannot write the output: No space left on device
  [1]
  $ skep help > /dev/full
  skep: error: cannot write the help: No space left on device
  [1]

==== messages as JSON
-- run
  $ printf 'r0 = 1\nr0 = r11\n' | skep asm - -j
  {"messages":[{"severity":"error","id":"asm.refused","file":"-","line":2,"column":1,"length":8,"message":"the kernel would refuse this: 'R11 is invalid'"}]}
  [2]

==== completion
-- run
  $ skep help --completion tcsh
  skep: error: there is no completion for 'tcsh', but for bash, zsh and fish
  [2]
  $ skep help --completion bash | bash -c '. /dev/stdin; COMP_WORDS=(skep di); COMP_CWORD=1; _skep; echo "${COMPREPLY[@]}"'
  dis
