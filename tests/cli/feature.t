# skep feature: what the kernel has, by trying.

==== probe
requires: root bpf
-- run
  $ skep feature probe -j > probe
  $ grep -o -e '"have_bpf_syscall":[a-z]*' -e '"have_xdp_prog_type":[a-z]*' -e '"have_hash_map_type":[a-z]*' -e '"have_bounded_loops":[a-z]*' -e '"have_large_insn_limit":[a-z]*' probe
  "have_bpf_syscall":true
  "have_xdp_prog_type":true
  "have_hash_map_type":true
  "have_large_insn_limit":true
  "have_bounded_loops":true
  $ grep -o '"[a-z]*_available_helpers":\[[^]]*\]' probe | grep -e bpf_xdp_adjust_head | cut -d: -f1
  "xdp_available_helpers"
  $ grep -o '"[a-z]*_available_helpers":\[[^]]*\]' probe | grep '^"kprobe' | grep -o -w -e bpf_map_lookup_elem -e bpf_trace_printk -e bpf_skb_pull_data -e bpf_probe_read_kernel
  bpf_map_lookup_elem
  bpf_probe_read_kernel
  $ skep feature probe macros prefix MY_ > my.h; grep -e MY_HAVE_XDP_PROG -e HAVE_HASH_MAP -e 'xdp__HELPER_bpf_redirect ' my.h
  #define MY_HAVE_XDP_PROG_TYPE
  #define MY_HAVE_HASH_MAP_TYPE
  #define MY_BPF__PROG_TYPE_xdp__HELPER_bpf_redirect 1
  $ skep feature probe full | sed -n '/program type kprobe:/,/:$/p' | grep -w bpf_trace_printk
  	- bpf_trace_printk
  $ skep feature probe macros -j
  {"messages":[{"severity":"error","id":"usage.operand","message":"macros are not to be had as JSON"}]}
  [2]
  $ skep feature probe everything
  skep: error: 'skep feature probe' does not take 'everything'
    see 'skep feature probe --help'
  [2]

==== without rights
requires: root bpf file:/proc/sys/kernel/unprivileged_bpf_disabled
-- run
  $ test $(cat /proc/sys/kernel/unprivileged_bpf_disabled) = 0 || skep feature probe unprivileged | grep -c -e 'program_type.* is available' -e 'map_type.* is available'
  0
  [1]

==== names
-- run
  $ skep feature list_builtins prog_types | head -n 2
  socket_filter
  kprobe
  $ skep feature list_builtins helpers -j | head -c 50
  ["bpf_map_lookup_elem","bpf_map_update_elem","bpf_ (no-eol)
  $ skep feature list_builtins nothing
  skep: error: which: prog_types, map_types, attach_types, link_types or helpers?
  [2]
