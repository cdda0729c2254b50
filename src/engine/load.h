/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loader: from an object to maps and programs, over any engine. Part of engine.h; include that.
 *
 *	struct engine_load o = {.obj = obj};
 *	struct engine_loaded l;
 *	err = engine_load(e, &o, &d, &l);
 *	engine_map_lookup(e, engine_loaded_map(&l, "counts")->fd, ...);
 *	engine_loaded_done(&l);				closes what it opened
 *
 * Values of globals are set in the object, before. What fails is reported to the diag once: which
 * program or map, the errno in words, and of a program the verifier's log as notes.
 */
#ifndef SKEP_ENGINE_LOAD_H
#define SKEP_ENGINE_LOAD_H

struct btf;
struct obj;

/* What differs from the object's own wishes, by a map's or program's name. */
struct engine_load_map {
	const char *name;
	int fd;		      /* > 0: this one takes its place; stays the caller's */
	uint32_t max_entries; /* 0: the object's */
	const char *pin;      /* to be found or made there; NULL: the object's; "": nowhere */
	bool skip;	      /* not created: programs that use it fail, unless they are not loaded */
};

struct engine_load_prog {
	const char *name;
	bool skip;	  /* not loaded */
	bool load;	  /* loaded, though its section says "?" */
	uint32_t type;	  /* with `attach`, in place of its section's; 0: the section's */
	uint32_t attach;
	int attach_fd;	  /* the program that freplace, or fentry of a program, goes to */
	const char *attach_to; /* its function; NULL: the section's */
};

struct engine_load {
	struct obj *obj; /* borrowed: what is asked for below is set in it, and it is prepared */
	const struct engine_load_map *map;
	size_t maps;
	const struct engine_load_prog *prog;
	size_t progs;
	bool only_listed;    /* of programs, those in `prog` only */
	bool attach_ops;     /* values of struct_ops maps without BPF_F_LINK are set: they then run */
	const char *pin_dir; /* of maps that ask for pinning by name; NULL: /sys/fs/bpf */
	uint32_t log_level;  /* 0: a log only of what fails */
	uint32_t ifindex;    /* of the device that programs are offloaded or bound to */
	const struct btf *vmlinux; /* what CO-RE goes by; NULL: the engine's, if it has one */
};

struct engine_loaded_map {
	char *name;
	int fd; /* -1: it was skipped */
	uint32_t type, key_size, value_size, max_entries, flags;
	uint32_t btf_key, btf_value; /* ids in the object's BTF; 0: none */
	bool reused;		     /* found pinned, or given */
	bool borrowed;		     /* the caller's descriptor */
};

struct engine_loaded_prog {
	char *name, *section;
	int fd; /* -1: it was not to be loaded */
	uint32_t type, attach;
	uint32_t insns; /* as given to the engine */
	struct insn *insn; /* owned: those, descriptors filled in */
	char *log;	/* owned: what the engine said, with log_level; NULL: nothing */
};

struct engine_loaded {
	struct engine *engine; /* borrowed */
	VEC(struct engine_loaded_map) map;
	VEC(struct engine_loaded_prog) prog;
	int btf_fd; /* -1: the object has none, or the engine took none */
};

int engine_load(struct engine *e, const struct engine_load *o, struct diag *d,
		struct engine_loaded *ret_l) MUST_USE;
void engine_loaded_done(struct engine_loaded *l);
/* NULL: there is no such. A program is found by its function's, or its section's name. */
struct engine_loaded_map *engine_loaded_map(const struct engine_loaded *l, const char *name);
struct engine_loaded_prog *engine_loaded_prog(const struct engine_loaded *l, const char *name);

#endif
