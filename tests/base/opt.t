==== help of the root
show: help
path: tool
-- text
tool - a small program for tests

Usage
  tool [options] COMMAND ...

Commands
  asm   assemble programs
  map   look into maps: a noun
  mark  mark a directory
  text  it's a text
  exec  run another program

Options
  -j, --json               output as JSON
  -f, --format=FORMAT      output as text or json
      --color=WHEN         colour: auto, always or never
  -v, --verbose            say more; twice: even more
  -q, --quiet              say less
  -D, --define=NAME=VALUE  define a name
  -h, --help               this text

Examples
  # what one command does
  tool help asm
==== help of a group
show: help
path: tool map
-- text
tool map - look into maps: a noun

Usage
  tool map COMMAND ...

Commands
  list  list all maps
  dump  show every element

Options of every command
  -j, --json               output as JSON
  -f, --format=FORMAT      output as text or json
      --color=WHEN         colour: auto, always or never
  -v, --verbose            say more; twice: even more
  -q, --quiet              say less
  -D, --define=NAME=VALUE  define a name
  -h, --help               this text
==== help of a command
show: color help
path: tool asm
-- text
tool asm - assemble programs

[1mUsage[0m
  tool asm [options] FILE...

The first paragraph is one long line, which is folded where the screen ends, in
the help text as well as on the man page, and which goes on and on, further than
any buffer of 512 bytes would reach, to see that none is in the way: an
assembler takes a text and makes of it what a machine understands, a word at a
time, as it has done since there have been machines, and nobody has found a
better name for it; this sentence has to go on for a bit, as it must be longer
than that, and it is, by now, or will be at the-end-of-a-long-line.

  r0 = 7       an example is kept as it is
  exit

.text begins this line with a dot.
'quoted' too, and a \backslash.

[1mOptions[0m
  -o, --output=FILE       write to FILE (default: a.out)
      --out-dir=DIR       put all that is written into this directory, which is
                          made if it is not there yet, with the permissions that
                          the umask leaves
  -s, --strip             leave out the names
      --strip-all         leave out everything
      --verify            verify, too
  -q, --quiet             don't say what's written
  -n, --count=N           at most N instructions
      --size=SIZE         at most so many bytes
      --time=TIME         no longer than that
      --color-depth=BITS  bits of a colour
      --kind=KIND         what is written: raw, hex or elf
  -l, --lib=FILE          link with this; may be given often
  -x DIR                  has a letter only

[1mOptions of every command[0m
  -j, --json               output as JSON
  -f, --format=FORMAT      output as text or json
      --color=WHEN         colour: auto, always or never
  -v, --verbose            say more; twice: even more
  -q, --quiet              say less
  -D, --define=NAME=VALUE  define a name
  -h, --help               this text

[1mExamples[0m
  # assemble to stdout
  tool asm -o - a.s
  # assemble what comes in
  printf 'a\nb' | tool asm -
==== help of a command without options
show: help
path: tool map dump
-- text
tool map dump - show every element

Usage
  tool map dump ID [KEY]

Shows one map.

Options of every command
  -j, --json               output as JSON
  -f, --format=FORMAT      output as text or json
      --color=WHEN         colour: auto, always or never
  -v, --verbose            say more; twice: even more
  -q, --quiet              say less
  -D, --define=NAME=VALUE  define a name
  -h, --help               this text

Examples
  # every element of map 5
  tool map dump 5
==== man page of the root
show: man
path: tool
-- text
.\" Made from the table of commands by 'skep help --man': do not edit.
.TH TOOL 1 2026-11-20 "skep 1.2.3" "Skep manual"
.SH NAME
tool \- a small program for tests
.SH SYNOPSIS
.B tool [options] COMMAND ...
.SH COMMANDS
.TP
.BR tool\-asm (1)
assemble programs.
.TP
.BR tool\-map (1)
look into maps: a noun.
.TP
.BR tool\-mark (1)
mark a directory.
.TP
.BR tool\-text (1)
it's a text.
.TP
.BR tool\-exec (1)
run another program.
.SH OPTIONS
.TP
.B \-j, \-\-json
output as JSON.
.TP
.B \-f, \-\-format=FORMAT
output as text or json.
.TP
.B \-\-color=WHEN
colour: auto, always or never.
.TP
.B \-v, \-\-verbose
say more; twice: even more.
.TP
.B \-q, \-\-quiet
say less.
.TP
.B \-D, \-\-define=NAME=VALUE
define a name.
.TP
.B \-h, \-\-help
this text.
.SH EXAMPLES
what one command does:
.PP
.RS
.nf
tool help asm
.fi
.RE
.SH EXIT STATUS
0: done. 1: the program was rejected, or what was asked failed. 2: bad usage or bad input.
==== man page of a group
show: man
path: tool map
-- text
.\" Made from the table of commands by 'skep help --man': do not edit.
.TH TOOL-MAP 1 2026-11-20 "skep 1.2.3" "Skep manual"
.SH NAME
tool\-map \- look into maps: a noun
.SH SYNOPSIS
.B tool map COMMAND ...
.SH COMMANDS
.SS tool map list
list all maps.
.SS tool map dump ID [KEY]
show every element.
.PP
Shows one map.
.SH OPTIONS
.TP
.B \-j, \-\-json
output as JSON.
.TP
.B \-f, \-\-format=FORMAT
output as text or json.
.TP
.B \-\-color=WHEN
colour: auto, always or never.
.TP
.B \-v, \-\-verbose
say more; twice: even more.
.TP
.B \-q, \-\-quiet
say less.
.TP
.B \-D, \-\-define=NAME=VALUE
define a name.
.TP
.B \-h, \-\-help
this text.
.SH EXAMPLES
every element of map 5:
.PP
.RS
.nf
tool map dump 5
.fi
.RE
.SH EXIT STATUS
0: done. 1: the program was rejected, or what was asked failed. 2: bad usage or bad input.
.SH SEE ALSO
.BR tool (1)
==== man page of a command
show: man
path: tool asm
-- text
.\" Made from the table of commands by 'skep help --man': do not edit.
.TH TOOL-ASM 1 2026-11-20 "skep 1.2.3" "Skep manual"
.SH NAME
tool\-asm \- assemble programs
.SH SYNOPSIS
.B tool asm [options] FILE...
.SH DESCRIPTION
The first paragraph is one long line, which is folded where the screen ends, in the help text as well as on the man page, and which goes on and on, further than any buffer of 512 bytes would reach, to see that none is in the way: an assembler takes a text and makes of it what a machine understands, a word at a time, as it has done since there have been machines, and nobody has found a better name for it; this sentence has to go on for a bit, as it must be longer than that, and it is, by now, or will be at the\-end\-of\-a\-long\-line.
.PP
.nf
  r0 = 7       an example is kept as it is
  exit
.PP
.fi
\&.text begins this line with a dot.
\&'quoted' too, and a \ebackslash.
.SH OPTIONS
.TP
.B \-o, \-\-output=FILE
write to FILE (default: a.out).
.TP
.B \-\-out\-dir=DIR
put all that is written into this directory, which is made if it is not there yet, with the permissions that the umask leaves.
.TP
.B \-s, \-\-strip
leave out the names.
.TP
.B \-\-strip\-all
leave out everything.
.TP
.B \-\-verify
verify, too.
.TP
.B \-q, \-\-quiet
don't say what's written.
.TP
.B \-n, \-\-count=N
at most N instructions.
.TP
.B \-\-size=SIZE
at most so many bytes.
.TP
.B \-\-time=TIME
no longer than that.
.TP
.B \-\-color\-depth=BITS
bits of a colour.
.TP
.B \-\-kind=KIND
what is written: raw, hex or elf.
.TP
.B \-l, \-\-lib=FILE
link with this; may be given often.
.TP
.B \-x DIR
has a letter only.
.TP
.B \-j, \-\-json
output as JSON.
.TP
.B \-f, \-\-format=FORMAT
output as text or json.
.TP
.B \-\-color=WHEN
colour: auto, always or never.
.TP
.B \-v, \-\-verbose
say more; twice: even more.
.TP
.B \-q, \-\-quiet
say less.
.TP
.B \-D, \-\-define=NAME=VALUE
define a name.
.TP
.B \-h, \-\-help
this text.
.SH EXAMPLES
assemble to stdout:
.PP
.RS
.nf
tool asm \-o \- a.s
.fi
.RE
.PP
assemble what comes in:
.PP
.RS
.nf
printf 'a\enb' | tool asm \-
.fi
.RE
.SH EXIT STATUS
0: done. 1: the program was rejected, or what was asked failed. 2: bad usage or bad input.
.SH SEE ALSO
.BR tool (1)
