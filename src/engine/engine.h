/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * engine: something that answers bpf(cmd, attr, size) with the kernel's semantics and errno.
 *
 *   engine_bpf        the boundary itself                              engine.c
 *   engine_map_...    typed wrappers over it, the same on every engine call.c
 *   engine_load       from an object to maps and programs, over any engine: engine/load.h, load*.c
 *   engine_embedded   bpf(2) in this process: maps, programs in the vm, BTF, links, pins
 *                                                                      embedded.c and the rest
 *
 * The kernel's engine, which makes the system call, is kern's: engine_kernel_new() of kern/kern.h.
 *
 * All functions return what bpf(2) would: a descriptor or 0, or a negative errno, 524 (ENOTSUPP)
 * among them. Descriptors of either engine are descriptors of this process; close them with
 * engine_close, duplicate and pass them on as you like. What can be seen from outside of the two
 * engines differs in one thing: mapping a map's memory and waiting for a ring buffer go through
 * engine_mmap and engine_wait, since one descriptor of the embedded engine cannot do both by itself.
 *
 * No header of the host is needed: the structs here are the kernel's (7.2), and a test holds them
 * against its header and its BTF.
 */
#ifndef SKEP_ENGINE_H
#define SKEP_ENGINE_H

#include "abi/abi.h"
#include "base/base.h"
#include "isa/isa.h"

enum { ENGINE_NAME = 16, ENGINE_TAG = 8, ENGINE_ENOTSUPP = 524 };

/* ---- the attributes: union bpf_attr ----------------------------------------------------------- */

/* Pointers are u64 here as there: engine_ptr() makes them. */
union engine_attr {
	struct {
		uint32_t map_type, key_size, value_size, max_entries, map_flags;
		uint32_t inner_map_fd, numa_node;
		char map_name[ENGINE_NAME];
		uint32_t map_ifindex, btf_fd, btf_key_type_id, btf_value_type_id;
		uint32_t btf_vmlinux_value_type_id;
		uint64_t map_extra;
		int32_t value_type_btf_obj_fd, map_token_fd;
		uint64_t excl_prog_hash;
		uint32_t excl_prog_hash_size;
	} map_create;
	struct { /* MAP_*_ELEM, MAP_GET_NEXT_KEY, MAP_FREEZE */
		uint32_t map_fd;
		uint64_t key;
		union {
			uint64_t value, next_key;
		};
		uint64_t flags;
	} elem;
	struct { /* MAP_*_BATCH */
		uint64_t in_batch, out_batch, keys, values;
		uint32_t count, map_fd;
		uint64_t elem_flags, flags;
	} batch;
	struct {
		uint32_t prog_type, insn_cnt;
		uint64_t insns, license;
		uint32_t log_level, log_size;
		uint64_t log_buf;
		uint32_t kern_version, prog_flags;
		char prog_name[ENGINE_NAME];
		uint32_t prog_ifindex, expected_attach_type, prog_btf_fd, func_info_rec_size;
		uint64_t func_info;
		uint32_t func_info_cnt, line_info_rec_size;
		uint64_t line_info;
		uint32_t line_info_cnt, attach_btf_id;
		union {
			uint32_t attach_prog_fd, attach_btf_obj_fd;
		};
		uint32_t core_relo_cnt;
		uint64_t fd_array, core_relos;
		uint32_t core_relo_rec_size, log_true_size;
		int32_t prog_token_fd;
		uint32_t fd_array_cnt;
		uint64_t signature;
		uint32_t signature_size;
		int32_t keyring_id;
	} prog_load;
	struct { /* OBJ_PIN, OBJ_GET */
		uint64_t pathname;
		uint32_t bpf_fd, file_flags;
		int32_t path_fd;
	} pin;
	struct { /* PROG_ATTACH, PROG_DETACH */
		union {
			uint32_t target_fd, target_ifindex;
		};
		uint32_t attach_bpf_fd, attach_type, attach_flags, replace_bpf_fd;
		union {
			uint32_t relative_fd, relative_id;
		};
		uint64_t expected_revision;
	} attach;
	struct {
		uint32_t prog_fd, retval, data_size_in, data_size_out;
		uint64_t data_in, data_out;
		uint32_t repeat, duration, ctx_size_in, ctx_size_out;
		uint64_t ctx_in, ctx_out;
		uint32_t flags, cpu, batch_size;
	} test;
	struct { /* *_GET_NEXT_ID, *_GET_FD_BY_ID */
		union {
			uint32_t start_id, prog_id, map_id, btf_id, link_id;
		};
		uint32_t next_id, open_flags;
		int32_t token_fd;
	} id;
	struct {
		uint32_t bpf_fd, info_len;
		uint64_t info;
	} info;
	struct {
		union {
			uint32_t target_fd, target_ifindex;
		};
		uint32_t attach_type, query_flags, attach_flags;
		uint64_t prog_ids;
		uint32_t count;
		uint64_t prog_attach_flags, link_ids, link_attach_flags, revision;
	} query;
	struct {
		uint64_t name;
		uint32_t prog_fd;
		uint64_t cookie;
	} raw_tracepoint;
	struct {
		uint64_t btf, log_buf;
		uint32_t size, log_size, log_level, log_true_size, flags;
		int32_t token_fd;
	} btf_load;
	struct {
		uint32_t pid, fd, flags, buf_len;
		uint64_t buf;
		uint32_t prog_id, fd_type;
		uint64_t probe_offset, probe_addr;
	} task_fd_query;
	struct {
		union {
			uint32_t prog_fd, map_fd;
		};
		union {
			uint32_t target_fd, target_ifindex;
		};
		uint32_t attach_type, flags;
		union {
			uint32_t target_btf_id;
			struct {
				uint64_t info;
				uint32_t info_len;
			} iter;
			struct {
				uint64_t cookie;
			} perf_event;
			struct {
				uint32_t flags, cnt;
				uint64_t syms, addrs, cookies;
			} kprobe_multi;
			struct {
				uint32_t target_btf_id;
				uint64_t cookie;
			} tracing;
			struct {
				uint32_t pf, hooknum;
				int32_t priority;
				uint32_t flags;
			} netfilter;
			struct { /* tcx, netkit, cgroup */
				union {
					uint32_t fd, id;
				};
				uint64_t expected_revision;
			} relative;
			struct {
				uint64_t path, offsets, ref_ctr_offsets, cookies;
				uint32_t cnt, flags, pid;
			} uprobe_multi;
			struct { /* 7.2 */
				uint64_t ids, cookies;
				uint32_t cnt;
			} tracing_multi;
		};
	} link_create;
	struct {
		uint32_t link_fd;
		union {
			uint32_t new_prog_fd, new_map_fd;
		};
		uint32_t flags;
		union {
			uint32_t old_prog_fd, old_map_fd;
		};
	} link_update;
	struct {
		uint32_t link_fd;
	} link_detach;
	struct {
		uint32_t type;
	} enable_stats;
	struct {
		uint32_t link_fd, flags;
	} iter_create;
	struct {
		uint32_t prog_fd, map_fd, flags;
	} bind_map;
	struct {
		uint32_t flags, bpffs_fd;
	} token_create;
	struct {
		uint64_t buf;
		uint32_t len, stream, prog_fd;
	} stream_read;
	struct { /* 7.0 */
		uint32_t map_fd, prog_fd, flags;
	} assoc_struct_ops;
};

static inline uint64_t engine_ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* ---- what OBJ_GET_INFO_BY_FD tells ------------------------------------------------------------ */

struct engine_prog_info { /* struct bpf_prog_info */
	uint32_t type, id;
	uint8_t tag[ENGINE_TAG];
	uint32_t jited_len, xlated_len;
	uint64_t jited, xlated, load_time;
	uint32_t uid, map_count;
	uint64_t map_ids;
	char name[ENGINE_NAME];
	uint32_t ifindex, gpl; /* bit 0 */
	uint64_t netns_dev, netns_ino;
	uint32_t ksym_count, func_len_count;
	uint64_t ksyms, func_lens;
	uint32_t btf_id, func_info_size;
	uint64_t func_info;
	uint32_t func_info_count, line_info_count;
	uint64_t line_info, jited_line_info;
	uint32_t jited_line_info_count, line_info_size, jited_line_info_size, tag_count;
	uint64_t tags, run_time_ns, run_cnt, recursion_misses;
	uint32_t verified_insns, attach_btf_obj_id, attach_btf_id;
};

struct engine_map_info { /* struct bpf_map_info */
	uint32_t type, id, key_size, value_size, max_entries, flags;
	char name[ENGINE_NAME];
	uint32_t ifindex, btf_vmlinux_value_type_id;
	uint64_t netns_dev, netns_ino;
	uint32_t btf_id, btf_key_type_id, btf_value_type_id, btf_vmlinux_id;
	uint64_t extra, hash;
	uint32_t hash_size;
};

struct engine_btf_info { /* struct bpf_btf_info */
	uint64_t btf;
	uint32_t size, id;
	uint64_t name;
	uint32_t name_len, kernel;
};

struct engine_link_info { /* struct bpf_link_info */
	uint32_t type, id, prog_id;
	union {
		struct {
			uint64_t name;
			uint32_t name_len;
			uint64_t cookie;
		} raw_tracepoint;
		struct {
			uint32_t attach_type, target_obj_id, target_btf_id;
			uint64_t cookie;
		} tracing;
		struct {
			uint64_t id;
			uint32_t attach_type;
		} cgroup;
		struct {
			uint64_t name;
			uint32_t name_len;
			uint32_t map_id;
			union {
				struct {
					uint64_t id;
					uint32_t order;
				} cgroup;
				struct {
					uint32_t tid, pid;
				} task;
			};
		} iter;
		struct { /* netns: its inode; xdp, tcx, netkit: ifindex; sockmap, struct_ops: map id */
			uint32_t target, attach_type;
		} at;
		struct {
			uint32_t pf, hooknum;
			int32_t priority;
			uint32_t flags;
		} netfilter;
		struct {
			uint64_t addrs;
			uint32_t count, flags;
			uint64_t missed, cookies;
		} kprobe_multi;
		struct {
			uint64_t path, offsets, ref_ctr_offsets, cookies;
			uint32_t path_size, count, flags, pid;
		} uprobe_multi;
		struct {
			uint32_t type;
			union {
				struct {
					uint64_t file_name;
					uint32_t name_len, offset;
					uint64_t cookie, ref_ctr_offset;
				} uprobe;
				struct {
					uint64_t func_name;
					uint32_t name_len, offset;
					uint64_t addr, missed, cookie;
				} kprobe;
				struct {
					uint64_t name;
					uint32_t name_len;
					uint64_t cookie;
				} tracepoint;
				struct {
					uint64_t config;
					uint32_t type;
					uint64_t cookie;
				} event;
			};
		} perf_event;
	};
};

/* ---- engines ---------------------------------------------------------------------------------- */

struct engine;
struct btf;

/* What an engine must be able to do. Results as bpf(2)'s, errors negative. */
struct engine_ops {
	const char *name; /* "kernel", "embedded" */
	/* attr may be any address when the engine checks addresses; answers are written into it */
	int (*bpf)(struct engine *e, uint32_t cmd, void *attr, uint32_t size);
	int (*mmap)(struct engine *e, int map_fd, size_t len, int prot, int flags, uint64_t off,
		    void **ret_addr);
	int (*munmap)(struct engine *e, void *addr, size_t len);
	/* until one of the ring buffers has data: how many have; 0: the time is over; ns < 0: waits on */
	int (*wait)(struct engine *e, const int *map_fd, size_t n, int64_t ns);
	/* a ring for what programs write on a CPU: see engine_perf_open */
	int (*perf_open)(struct engine *e, uint32_t cpu, uint32_t pages);
	int (*perf_lost)(struct engine *e, int fd, uint64_t *ret_n); /* NULL: only records in the ring tell */
	void (*close)(struct engine *e, int fd);
	/* the BTF that plays the kernel's: borrowed; NULL: there is none */
	const struct btf *(*vmlinux)(struct engine *e);
	void (*free)(struct engine *e);
};

/* The first member of each engine's own struct. */
struct engine {
	const struct engine_ops *ops;
	uint16_t kernel; /* ABI_KERNEL(): whose answers these are */
};

int engine_bpf(struct engine *e, uint32_t cmd, void *attr, uint32_t size);
int engine_mmap(struct engine *e, int map_fd, size_t len, int prot, int flags, uint64_t off,
		void **ret_addr);
int engine_munmap(struct engine *e, void *addr, size_t len);
int engine_wait(struct engine *e, const int *map_fd, size_t n, int64_t ns);
/*
 * A ring of `pages` pages, a power of two, for what programs write with bpf_perf_event_output: a descriptor
 * to be put into a perf_event_array at that CPU, and to be mapped by mmap(2): one page of positions, and
 * the data behind it, as perf_event_open(2) has them. -ENODEV: there is no such CPU, or it is off.
 */
int engine_perf_open(struct engine *e, uint32_t cpu, uint32_t pages);
/*
 * How many records have found no room in it; -ENOTSUP where only the ring's own records tell, which come
 * with the next one that finds room.
 */
int engine_perf_lost(struct engine *e, int fd, uint64_t *ret_n) MUST_USE;
void engine_close(struct engine *e, int fd); /* fd < 0: nothing */
void engine_free(struct engine *e);	     /* NULL is fine; descriptors left open are dead then */
const char *engine_name(const struct engine *e);
/* strerror() of a negative errno, and of the one of bpf(2) that libc does not know. */
const char *engine_strerror(int err);
const struct btf *engine_vmlinux(struct engine *e);

/*
 * The embedded engine. Everything is zero by default. It may be used from many threads. More than one
 * may exist, each with its own ids and descriptors.
 */
struct engine_options {
	uint16_t kernel;       /* ABI_KERNEL(): answer as this one; 0: 6.18 */
	bool trust;	       /* programs are taken to be safe, and run in native code */
	bool check_memory;     /* addresses in attributes may be bad: -EFAULT, not a crash */
	uint64_t max_bytes;    /* ceiling on all maps together; 0: none */
	uint64_t budget;       /* instructions one run may take; 0: 1 << 32 */
	const char *pin_root;  /* borrowed for the call: pins are made below it; NULL: /sys/fs/bpf */
	const char *vmlinux;   /* borrowed for the call: BTF that plays the kernel's; NULL: none */
	/* what programs print, a line each; NULL: nowhere */
	void (*print)(void *arg, const char *text, size_t n);
	void *print_arg;
	/*
	 * Called before each instruction of a program, which then runs checked, whatever `trust` says;
	 * pc counts as the instructions did when it was loaded. NULL: nobody.
	 */
	void (*step)(void *arg, uint32_t prog_id, uint32_t pc, const uint64_t *reg);
	void *step_arg;
};

int engine_embedded_new(const struct engine_options *o, struct diag *d, struct engine **ret_e)
	MUST_USE;

/*
 * For whoever stands between a program and the embedded engine, as the preload library does. What a
 * descriptor is: "bpf-map", "bpf-prog", "bpf-link", "btf" as in the kernel's names of files, or NULL.
 */
const char *engine_embedded_kind(struct engine *e, int fd);
/* What /proc/PID/fdinfo says of it, in the kernel's words. -EBADF: it is not the engine's. */
int engine_embedded_fdinfo(struct engine *e, int fd, struct str *s);
/* Makes descriptors of ring buffers readable exactly if there is data: before and after polling. */
void engine_embedded_settle(struct engine *e);
/* unlink(2) of a pin that no file stands for; -ENOENT: there is none. */
int engine_embedded_unpin(struct engine *e, const char *path);
/* Whether a path is that of the tree of pins, or below it. */
bool engine_embedded_is_pinnable(struct engine *e, const char *path);
/* Whether addr is memory that engine_mmap gave. */
bool engine_embedded_maps(struct engine *e, const void *addr);

/* ---- maps ------------------------------------------------------------------------------------- */

struct engine_map_options {
	const char *name; /* cut to 15 characters; NULL: none */
	uint32_t type, key_size, value_size, max_entries, flags;
	uint32_t numa_node; /* with BPF_F_NUMA_NODE */
	uint64_t extra;
	int inner_fd;	    /* of map-in-map; 0 or less: none */
	int btf_fd;	    /* 0 or less: none */
	uint32_t btf_key, btf_value, btf_vmlinux_value;
};

int engine_map_create(struct engine *e, const struct engine_map_options *o);
int engine_map_lookup(struct engine *e, int fd, const void *key, void *value, uint64_t flags);
int engine_map_update(struct engine *e, int fd, const void *key, const void *value, uint64_t flags);
int engine_map_delete(struct engine *e, int fd, const void *key);
int engine_map_next_key(struct engine *e, int fd, const void *key, void *ret_next); /* key NULL: first */
int engine_map_take(struct engine *e, int fd, const void *key, void *value, uint64_t flags);
int engine_map_freeze(struct engine *e, int fd);
/* cmd: one of ABI_CMD_MAP_*_BATCH. *count: in, elements; out, those dealt with. */
int engine_map_batch(struct engine *e, uint32_t cmd, int fd, const void *in, void *out, void *keys,
		     void *values, uint32_t *count, uint64_t elem_flags);
/* Bytes of a value in the commands above, of all CPUs together for per-CPU types. */
size_t engine_map_value_bytes(const struct engine_map_info *info, uint32_t cpus);
uint32_t engine_cpus(void); /* possible ones */

/* ---- programs --------------------------------------------------------------------------------- */

struct engine_prog_options {
	const char *name;    /* cut to 15 characters; NULL: none */
	const char *license; /* NULL: "" */
	uint32_t type, attach, flags, ifindex, kern_version;
	const struct insn *insn;
	uint32_t insns;
	int btf_fd; /* 0 or less: none; with the two below, rows of the given sizes */
	const void *func_info, *line_info;
	uint32_t func_infos, func_info_size, line_infos, line_info_size;
	uint32_t attach_btf_id;
	int attach_fd; /* a program to attach to, or BTF; 0 or less: none */
	const int *fd_array;
	uint32_t fds; /* 0: their number is not told, as before 6.14 */
	uint32_t log_level;
	char *log; /* log_size bytes, NUL-terminated by the engine; NULL: none */
	uint32_t log_size;
};

int engine_prog_load(struct engine *e, const struct engine_prog_options *o);

struct engine_run {
	const void *data_in, *ctx_in;
	void *data_out, *ctx_out;
	uint32_t data_in_len, ctx_in_len;
	uint32_t data_out_len, ctx_out_len; /* in: room; out: how long it is, even when -ENOSPC */
	uint32_t repeat, flags, cpu, batch;
	uint32_t retval, duration; /* out; ns of one run */
};

int engine_prog_run(struct engine *e, int fd, struct engine_run *r);
int engine_prog_bind_map(struct engine *e, int prog_fd, int map_fd);

/* ---- BTF, pins, ids --------------------------------------------------------------------------- */

/* log: as of engine_prog_options; NULL: none */
int engine_btf_load(struct engine *e, const void *data, size_t size, char *log, uint32_t log_size);
int engine_pin(struct engine *e, int fd, const char *path);
int engine_get(struct engine *e, const char *path, uint32_t file_flags);

enum engine_kind { ENGINE_PROG, ENGINE_MAP, ENGINE_BTF, ENGINE_LINK };

int engine_next_id(struct engine *e, enum engine_kind kind, uint32_t id, uint32_t *ret_id); /* -ENOENT */
int engine_open_id(struct engine *e, enum engine_kind kind, uint32_t id);
/* info: one of the structs above, its pointers set to what shall be filled; of `size` bytes. */
int engine_info(struct engine *e, int fd, void *info, uint32_t size);

/* ---- attaching -------------------------------------------------------------------------------- */

int engine_link_create(struct engine *e, const union engine_attr *attr); /* ->link_create */
int engine_link_update(struct engine *e, int link, int prog, uint32_t flags, int old_prog);
int engine_link_detach(struct engine *e, int link);
int engine_raw_tracepoint(struct engine *e, const char *name, int prog, uint64_t cookie);
int engine_iter_create(struct engine *e, int link); /* to be read(2) to its end */
int engine_enable_stats(struct engine *e);	    /* until the descriptor is closed */

#include "engine/load.h"
#include "engine/ring.h"
#include "engine/perfbuf.h"

#endif
