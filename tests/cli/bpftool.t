# Called through a link by the name of bpftool.

==== words, options, errors
requires: root bpf cmd:unshare
-- run
  $ ln -s "$(command -v skep)" bpftool
  $ cat > in_ns.sh <<'TEXT'
  > PATH=$PWD:$PATH
  > mkdir fs; mount -t bpf bpf fs
  > bpftool map create fs/h type hash key 4 value 4 entries 4 name abcd
  > bpftool -j map create fs/h type hash key 4 value 4 entries 4 name abcd; echo $?
  > bpftool m s pinned fs/h -f | sed 's/^[0-9]*: //; s,pinned .*/,pinned ,; s/memlock [0-9]*B/memlock/'
  > bpftool -j map u pinned fs/h key 1 2 3 4 value 5 6 7 8; bpftool map d pinned fs/h
  > bpftool map -p lookup pinned fs/h key 1 2 3 4
  > bpftool map lookup pinned fs/h key 1; echo $?
  > bpftool map show pinned fs/nosuch; echo $?
  > printf '# a comment\nmap update pinned fs/h \\\n key 1 2 3 4 value 0 0 0 1\nmap dump pinned "fs/h"  # here too\n\n' > good
  > bpftool batch file good; bpftool -j batch file - < good
  > printf 'version\nmap nosuch\nversion\n' > bad
  > bpftool batch file bad; echo $?
  > bpftool -j batch file bad; echo $?
  > printf "map 'show\n" | bpftool batch file -
  > echo batch file again > again; bpftool batch file again
  > umount fs
  > TEXT
  $ unshare -m sh in_ns.sh
  {"error":"fs/h: File exists"}
  255
  hash  name abcd  flags 0x0
  	key 4B  value 4B  max_entries 4  memlock
  	pinned h
  null
  key: 01 02 03 04  value: 05 06 07 08
  Found 1 element
  {
      "key": [
          "0x01",
          "0x02",
          "0x03",
          "0x04"
      ],
      "value": [
          "0x05",
          "0x06",
          "0x07",
          "0x08"
      ]
  }
  Error: a key has 4 bytes here, not 1
  255
  Error: there is no map pinned at fs/nosuch: No such file or directory
  255
  key: 01 02 03 04  value: 00 00 00 01
  Found 1 element
  processed 2 commands
  [{"command":["map","update","pinned","fs/h","key","1","2","3","4","value","0","0","0","1"],"output":null
  },{"command":["map","dump","pinned","fs/h"],"output":[{"key":["0x01","0x02","0x03","0x04"],"value":["0x00","0x00","0x00","0x01"]}]
  }]
  bpftool v7.8.0
  using libbpf v1.8
  features: skeletons
  Error: there is no command 'nosuch' there
  255
  [{"command":["version"],"output":{"version":"7.8.0","libbpf_version":"1.8","features":{"libbfd":false,"llvm":false,"crypto":false,"skeletons":true,"bootstrap":false}}
  },{"command":["map","nosuch"],"output":{"error":"there is no command 'nosuch' there"}
  }]
  255
  Error: a quote in the batch file does not end
  Error: a batch file cannot run another
  $ PATH=$PWD:$PATH; bpftool nosuch
  Error: there is no object 'nosuch'
  [255]
  $ bpftool -j -Z
  {"error":"option '-Z' is not to be had"}
  [255]
  $ bpftool prog nosuch
  Error: there is no command 'nosuch' there
  [255]
  $ bpftool cgroup
  Error: 'skep cgroup show' needs CGROUP [effective]; see 'skep cgroup show --help'
  [255]
  $ bpftool version
  bpftool v7.8.0
  using libbpf v1.8
  features: skeletons
  $ bpftool -j -V
  {"version":"7.8.0","libbpf_version":"1.8","features":{"libbfd":false,"llvm":false,"crypto":false,"skeletons":true,"bootstrap":false}}
  $ bpftool help
  Usage: bpftool [OPTIONS] OBJECT [COMMAND ...]
         bpftool batch file FILE|-
         bpftool version
  
         OBJECT: prog map link cgroup perf net feature btf gen struct_ops iter
         OPTIONS: -j|--json -p|--pretty -d|--debug -f|--bpffs -V|--version -h|--help -m|--mapcompat -n|--nomount -l|--legacy -B|--base-btf
  
  'bpftool OBJECT help' tells its commands. This is skep by the name of bpftool.
  $ bpftool prog help | head -n 1
  bpftool prog - show, load, attach, pin and run programs
