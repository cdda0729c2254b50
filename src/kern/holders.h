/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who holds on to programs, maps and links: processes by their descriptors, and pins. Part of kern.h;
 * include that.
 */
#ifndef SKEP_KERN_HOLDERS_H
#define SKEP_KERN_HOLDERS_H

enum { KERN_HOLDERS_MAX = 1 << 20, KERN_COMM = 16 };

/* A process with at least one descriptor of the object. */
struct kern_holder {
	enum engine_kind kind;
	uint32_t id, pid;
	char comm[KERN_COMM];
};

struct kern_holders {
	VEC(struct kern_holder) at; /* by kind, id and pid; one row for each */
};

/* From /proc: of the processes that we may look into, which is all of them for root. */
int kern_holders(struct kern_holders *ret_h) MUST_USE;
void kern_holders_done(struct kern_holders *h);
/* The first row about the object; those that follow may be about it too. NULL: there is none. */
const struct kern_holder *kern_holders_find(const struct kern_holders *h, enum engine_kind kind,
					    uint32_t id);

struct kern_pin {
	enum engine_kind kind;
	uint32_t id;
	const char *path; /* in the arena */
};

struct kern_pins {
	VEC(struct kern_pin) at; /* by kind, id and path; an inode that is mounted twice counts once */
	struct arena arena;
};

/* All of the bpf file systems that are mounted here. */
int kern_pins(struct engine *e, struct kern_pins *ret_p) MUST_USE;
void kern_pins_done(struct kern_pins *p);
const struct kern_pin *kern_pins_find(const struct kern_pins *p, enum engine_kind kind, uint32_t id);

/* Capabilities by number, which headers of older kernels lack. */
enum { KERN_CAP_NET_ADMIN = 12, KERN_CAP_SYS_ADMIN = 21, KERN_CAP_PERFMON = 38, KERN_CAP_BPF = 39 };
uint64_t kern_caps(void); /* the effective ones of this process, a bit each */
bool kern_has_cap(uint64_t have, int cap); /* by itself or by CAP_SYS_ADMIN, which comprises these */
/* "CAP_BPF and CAP_PERFMON": what we lack to load such a program; nothing: we have all. */
void kern_caps_missing(uint32_t prog_type, struct str *s);

/*
 * What a descriptor of ours is, and a number of what /proc says of it ("memlock", "frozen"): -ENOENT
 * when it says nothing. Of either engine.
 */
int kern_fd_kind(struct engine *e, int fd, enum engine_kind *ret_kind) MUST_USE;
int kern_fd_number(struct engine *e, int fd, const char *key, uint64_t *ret_v) MUST_USE;

#endif
