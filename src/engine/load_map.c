/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The loader: maps made, found pinned, or given; their first values. */
#include <sys/mman.h>

#include "engine/loader.h"
#include "map/map.h"

enum { PAGE = 4096 };

/* Reports, and is the error. */
#define fail(l, m, id, err, ...)                                                                   \
	({                                                                                         \
		diag_error((l)->d, id, diag_file((l)->obj->path), __VA_ARGS__);                    \
		(err);                                                                             \
	})

/* Types whose maps the kernel takes no types for. */
static bool is_untyped(uint32_t type)
{
	const struct abi_map_type *t = abi_map_type(type);

	return (t && t->btf == ABI_MAP_BTF_NO) || type == ABI_MAP_QUEUE || type == ABI_MAP_STACK ||
	       type == ABI_MAP_PERF_EVENT_ARRAY || type == ABI_MAP_STACK_TRACE;
}

/* A ring's size is a power of two, of whole pages. */
static uint32_t ring_size(uint32_t size)
{
	uint32_t n = PAGE;

	while (n < size && n < 1u << 31)
		n *= 2;
	return n < size ? size : n;
}

static struct engine_map_options options_of(const struct loader *l, const struct obj_map *m)
{
	const struct obj_map_attr *a = &m->attr;
	struct engine_map_options o = {.type = a->type,
				       .key_size = a->key_size,
				       .value_size = a->value_size,
				       .max_entries = a->max_entries,
				       .flags = a->flags,
				       .numa_node = a->numa,
				       .extra = a->extra,
				       .name = m->kernel_name};

	if (l->to->btf_fd >= 0 && !is_untyped(a->type) && (a->key_type || a->value_type)) {
		o.btf_fd = l->to->btf_fd;
		o.btf_key = a->key_type;
		o.btf_value = a->value_type;
	}
	if (a->type == ABI_MAP_PERF_EVENT_ARRAY && !a->max_entries)
		o.max_entries = engine_cpus();
	if ((a->type == ABI_MAP_RINGBUF || a->type == ABI_MAP_USER_RINGBUF) && a->max_entries)
		o.max_entries = ring_size(a->max_entries);
	if (l->e->kernel < ABI_KERNEL(4, 15))
		o.name = NULL;
	if (m->ops && m->ops->kern_data) {
		o.btf_fd = l->to->btf_fd;
		o.btf_key = o.btf_value = 0;
		o.btf_vmlinux_value = m->ops->kern_value_type;
		o.value_size = m->ops->kern_size;
	}
	return o;
}

static int create(struct loader *l, struct engine_map_options *o)
{
	int fd = engine_map_create(l->e, o);

	/* types are a help to people; only some maps cannot be without */
	if (fd < 0 && (o->btf_key || o->btf_value)) {
		o->btf_fd = 0;
		o->btf_key = o->btf_value = 0;
		fd = engine_map_create(l->e, o);
	}
	return fd;
}

static int make(struct loader *l, const struct obj_map *m)
{
	struct engine_map_options o = options_of(l, m);
	int fd;

	if (m->inner) {
		struct engine_map_options in = options_of(l, m->inner);

		in.name = NULL;
		o.inner_fd = create(l, &in);
		if (o.inner_fd < 0)
			return fail(l, m, "load.map", o.inner_fd,
				    "what the maps in map '%s' are like cannot be made: %s", m->name,
				    engine_strerror(o.inner_fd));
	}
	fd = create(l, &o);
	if (o.inner_fd > 0)
		engine_close(l->e, o.inner_fd);
	if (fd < 0)
		return fail(l, m, "load.map", fd,
			    "map '%s' (%s, key %u, value %u, %u entries, flags 0x%x) was not made: %s",
			    m->name, map_type_name(o.type) ? map_type_name(o.type) : "of no known type",
			    o.key_size, o.value_size, o.max_entries, o.flags, engine_strerror(fd));
	return fd;
}

/* ---- pins ---- */

/* false: the map is not pinned. */
static bool pin_path(const struct loader *l, const struct obj_map *m, struct str *s)
{
	const struct engine_load_map *a = load_map_asked(l, m);

	if (a && a->pin)
		str_add(s, a->pin);
	else if (m->pin_path)
		str_add(s, m->pin_path);
	else if (m->pin == OBJ_PIN_NAME)
		str_addf(s, "%s/%s", l->o->pin_dir ? l->o->pin_dir : "/sys/fs/bpf", m->name);
	else if (m->pin == OBJ_PIN_OBJECT)
		str_addf(s, "%s/%s_%s", l->o->pin_dir ? l->o->pin_dir : "/sys/fs/bpf", l->obj->name, m->name);
	return s->n && !str_err(s);
}

static bool is_same(const struct engine_map_info *i, const struct engine_map_options *o)
{
	return i->type == o->type && i->key_size == o->key_size && i->value_size == o->value_size &&
	       i->max_entries == o->max_entries && i->flags == o->flags && i->extra == o->extra;
}

/* What is pinned there, if it is such a map; -ENOENT: nothing. */
static int find_pinned(struct loader *l, const struct obj_map *m, const char *path)
{
	struct engine_map_options o = options_of(l, m);
	struct engine_map_info i = {0};
	int fd = engine_get(l->e, path, 0), err;

	if (fd < 0)
		return fd == -ENOENT ? fd
				     : fail(l, m, "load.pin", fd, "'%s' cannot be opened: %s", path,
					    engine_strerror(fd));
	err = engine_info(l->e, fd, &i, offsetof(struct engine_map_info, hash));
	if (!err && is_same(&i, &o))
		return fd;
	engine_close(l->e, fd);
	return fail(l, m, "load.pin", err ? err : -EINVAL,
		    "what is pinned at '%s' is not such a map as '%s' is declared to be", path, m->name);
}

/* ---- values ---- */

static int set_arena(struct loader *l, const struct obj_map *m, int fd)
{
	size_t size = (size_t)m->attr.max_entries * PAGE;
	void *at = (void *)(uintptr_t)m->attr.extra;
	int err = engine_mmap(l->e, fd, size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &at);

	if (err)
		return err;
	memcpy(at, m->data, m->data_size);
	return engine_munmap(l->e, at, size);
}

/* The bytes of a section as the map's only element; constants then stay what they are. */
static int set_data(struct loader *l, const struct obj_map *m, int fd)
{
	uint32_t size = MAX(m->attr.value_size, m->data_size), zero = 0;
	uint8_t *value;
	int err;

	if (m->attr.type == ABI_MAP_ARENA)
		return m->data ? set_arena(l, m, fd) : 0;
	if (m->kind == OBJ_MAP_BSS && !m->data)
		return 0;
	value = mem_alloc(size);
	if (!value)
		return -ENOMEM;
	if (m->data)
		memcpy(value, m->data, m->data_size);
	err = engine_map_update(l->e, fd, &zero, value, 0);
	mem_free(value);
	if (!err && (m->kind == OBJ_MAP_RODATA || m->kind == OBJ_MAP_KCONFIG)) {
		err = engine_map_freeze(l->e, fd);
		if (err == -EINVAL && l->e->kernel < ABI_KERNEL(5, 2))
			err = 0;
	}
	return err;
}

static bool has_data(const struct obj_map *m)
{
	return m->kind == OBJ_MAP_DATA || m->kind == OBJ_MAP_RODATA || m->kind == OBJ_MAP_BSS ||
	       m->kind == OBJ_MAP_KCONFIG || (m->attr.type == ABI_MAP_ARENA && m->data);
}

/* ---- each ---- */

/* What the map is like in the end: sizes may have been rounded, or another's be found. */
static void look(struct loader *l, struct engine_loaded_map *to)
{
	struct engine_map_info i = {0};

	if (engine_info(l->e, to->fd, &i, offsetof(struct engine_map_info, hash)))
		return; /* kernels before 4.13 do not tell */
	to->type = i.type;
	to->key_size = i.key_size;
	to->value_size = i.value_size;
	to->max_entries = i.max_entries;
	to->flags = i.flags;
}

static int have(struct loader *l, const struct obj_map *m, struct engine_loaded_map *to)
{
	const struct engine_load_map *a = load_map_asked(l, m);
	struct str path;
	bool pinned;
	int err = 0;

	if (a && a->fd > 0) {
		to->fd = a->fd;
		to->reused = to->borrowed = true;
		return 0;
	}
	str_init(&path, 4096);
	pinned = pin_path(l, m, &path);
	to->fd = pinned ? find_pinned(l, m, path.s) : -ENOENT;
	to->reused = to->fd >= 0;
	if (to->fd == -ENOENT) {
		to->fd = make(l, m);
		if (to->fd >= 0 && has_data(m))
			err = set_data(l, m, to->fd);
		if (err)
			fail(l, m, "load.data", err, "map '%s' did not take its first value: %s", m->name,
			     engine_strerror(err));
		if (to->fd >= 0 && !err && pinned && (err = engine_pin(l->e, to->fd, path.s)))
			fail(l, m, "load.pin", err, "map '%s' cannot be pinned at '%s': %s", m->name, path.s,
			     engine_strerror(err));
	}
	str_done(&path);
	return to->fd < 0 ? to->fd : err;
}

int load_maps(struct loader *l)
{
	int err = vec_reserve(&l->to->map, l->obj->map.n);

	for vec_each(&l->obj->map, m) {
		struct engine_loaded_map to = {.fd = -1,
					       .type = m->attr.type,
					       .key_size = m->attr.key_size,
					       .value_size = m->attr.value_size,
					       .max_entries = m->attr.max_entries,
					       .flags = m->attr.flags,
					       .btf_key = m->attr.key_type,
					       .btf_value = m->attr.value_type,
					       .name = load_strdup(m->name)};

		if (!err && !to.name)
			err = -ENOMEM;
		if (!err && m->create)
			err = have(l, m, &to);
		if (to.fd >= 0)
			look(l, &to);
		if (to.fd < 0)
			to.fd = -1;
		if (l->to->map.n < l->to->map.cap)
			vec_push(&l->to->map, to);
		else
			mem_free(to.name);
		if (!err)
			err = vec_push(&l->map_fd, to.fd);
		if (err)
			return err;
	}
	return err;
}

/* ---- what needs the others ---- */

static int fill(struct loader *l, const struct obj_map *m, int fd)
{
	bool progs = m->attr.type == ABI_MAP_PROG_ARRAY;
	int slot, err = 0;
	uint32_t i;

	for (i = 0; i < m->n_init && !err; i++) {
		if (m->init[i] < 0)
			continue;
		slot = progs ? l->to->prog.at[m->init[i]].fd : l->map_fd.at[m->init[i]];
		if (slot < 0)
			continue; /* not wanted */
		err = engine_map_update(l->e, fd, &i, &slot, 0);
		if (err)
			fail(l, m, "load.slot", err, "element %u of map '%s' cannot become '%s': %s", i,
			     m->name,
			     progs ? l->to->prog.at[m->init[i]].name : l->to->map.at[m->init[i]].name,
			     engine_strerror(err));
	}
	return err;
}

int load_fill(struct loader *l)
{
	size_t i;
	int err = 0;

	for (i = 0; i < l->obj->map.n && !err; i++) {
		const struct obj_map *m = &l->obj->map.at[i];

		if (m->n_init && l->map_fd.at[i] >= 0 && !l->to->map.at[i].reused)
			err = fill(l, m, l->map_fd.at[i]);
	}
	return err;
}

static int set_ops(struct loader *l, const struct obj_map *m, int fd)
{
	const struct obj_ops *ops = m->ops;
	uint8_t *value = mem_alloc(ops->kern_size);
	uint32_t zero = 0, i;
	uint64_t prog;
	int err;

	if (!value)
		return -ENOMEM;
	memcpy(value, ops->kern_data, ops->kern_size);
	for (i = 0; i < ops->n_funcs; i++) {
		const struct obj_ops_func *f = &ops->func[i];

		if (f->dropped || l->to->prog.at[f->prog].fd < 0)
			continue;
		prog = (uint64_t)l->to->prog.at[f->prog].fd;
		memcpy(value + f->kern_off, &prog, sizeof(prog));
	}
	err = engine_map_update(l->e, fd, &zero, value, 0);
	mem_free(value);
	return err ? fail(l, m, "load.ops", err, "'%s' did not become a %s: %s", m->name, ops->type_name,
			  engine_strerror(err))
		   : 0;
}

int load_struct_ops(struct loader *l)
{
	size_t i;
	int err = 0;

	for (i = 0; i < l->obj->map.n && !err; i++) {
		const struct obj_map *m = &l->obj->map.at[i];

		if (m->ops && m->ops->kern_data && l->map_fd.at[i] >= 0 &&
		    (m->ops->link || l->o->attach_ops))
			err = set_ops(l, m, l->map_fd.at[i]);
	}
	return err;
}
