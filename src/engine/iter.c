/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Iterators over the engine's own objects: bpf_map, bpf_prog, bpf_link, and bpf_map_elem. A program
 * sees structs of the kernel, so they are made here for each object, laid out as the BTF says that
 * plays the kernel's; fields that nobody fills in are zero. All is run when the iterator is created:
 * its descriptor is a file with what the program wrote.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "engine/impl.h"

enum { KEY_MAX = 1 << 16, AGAIN_MAX = 16, STRUCTS = 3 };

struct meta { /* struct bpf_iter_meta */
	uint64_t seq, session, number;
};

struct fake {
	uint8_t *at; /* owned */
	uint32_t type, size;
};

struct iter {
	struct embedded *e;
	struct link_object *l;
	struct runner r;
	struct str seq;
	struct meta meta;
	uint64_t ctx[4]; /* meta, and what is iterated over */
	struct fake fake[STRUCTS];
	int fd;
};

/* ---- the kernel's structs ---- */

static int fake_init(struct iter *it, struct fake *f, const char *name)
{
	const struct btf *b = it->e->vmlinux->btf;
	int64_t size;

	f->type = btf_find(b, name, BTF_BIT(STRUCT));
	size = f->type ? btf_size(b, f->type) : 0;
	if (size <= 0 || size > PAGE)
		return -ENOENT;
	f->size = (uint32_t)size;
	f->at = mem_alloc(f->size);
	if (!f->at)
		return -ENOMEM;
	it->r.region[it->r.regions++] = (struct vm_region){engine_ptr(f->at), f->size, false};
	return 0;
}

/* A field by path; one that this kernel does not have is not missed. */
static void put(struct iter *it, struct fake *f, const char *path, const void *value, size_t n)
{
	struct btf_field field;

	if (btf_path(it->e->vmlinux->btf, f->type, path, NULL, &field) || field.bit_size ||
	    field.bit_off / 8 + n > f->size)
		return;
	memcpy(f->at + field.bit_off / 8, value, n);
}

static void put_u32(struct iter *it, struct fake *f, const char *path, uint32_t v)
{
	put(it, f, path, &v, sizeof(v));
}

static void put_ptr(struct iter *it, struct fake *f, const char *path, const void *v)
{
	uint64_t p = engine_ptr(v);

	put(it, f, path, &p, sizeof(p));
}

static void fill_map(struct iter *it, const struct map_object *m)
{
	struct fake *f = &it->fake[0];
	uint64_t refs = m->map->refs, user = m->map->user_refs;

	memset(f->at, 0, f->size);
	put_u32(it, f, "id", m->o.id);
	put_u32(it, f, "map_type", m->map->type);
	put_u32(it, f, "key_size", m->map->key_size);
	put_u32(it, f, "value_size", m->map->value_size);
	put_u32(it, f, "max_entries", m->map->max_entries);
	put_u32(it, f, "map_flags", m->map->flags);
	put_u32(it, f, "btf_key_type_id", m->btf_key);
	put_u32(it, f, "btf_value_type_id", m->btf_value);
	put(it, f, "map_extra", &m->map->extra, sizeof(m->map->extra));
	put(it, f, "name", m->map->name, sizeof(m->map->name));
	put(it, f, "refcnt.counter", &refs, sizeof(refs));
	put(it, f, "usercnt.counter", &user, sizeof(user));
}

static void fill_prog(struct iter *it, struct fake *prog, struct fake *aux, const struct prog_object *p)
{
	memset(prog->at, 0, prog->size);
	memset(aux->at, 0, aux->size);
	put_u32(it, prog, "type", p->type);
	put_u32(it, prog, "expected_attach_type", p->attach);
	put_u32(it, prog, "len", p->insns);
	put_ptr(it, prog, "aux", aux->at);
	put(it, prog, "tag", p->digest, ENGINE_TAG);
	put_u32(it, aux, "id", p->o.id);
	put(it, aux, "name", p->name, sizeof(p->name));
	put(it, aux, "load_time", &p->load_time, sizeof(p->load_time));
	put_u32(it, aux, "used_map_cnt", (uint32_t)p->map.n);
	put_u32(it, aux, "verified_insns", p->insns);
	put_u32(it, aux, "attach_btf_id", p->attach_btf_id);
	put_u32(it, aux, "func_info_cnt", p->func_infos);
	put_u32(it, aux, "nr_linfo", p->line_infos);
	put_ptr(it, aux, "prog", prog->at);
}

static void fill_link(struct iter *it, const struct link_object *l)
{
	struct fake *f = &it->fake[0];

	memset(f->at, 0, f->size);
	put_u32(it, f, "id", l->o.id);
	put_u32(it, f, "type", l->type);
	if (!l->prog)
		return;
	fill_prog(it, &it->fake[1], &it->fake[2], l->prog);
	put_ptr(it, f, "prog", it->fake[1].at);
}

/* ---- running ---- */

static int show(struct iter *it)
{
	uint64_t r0 = 1;
	int err = 0, again;

	for (again = 0; !err && r0 == 1 && again < AGAIN_MAX; again++) {
		str_reset(&it->seq);
		err = runner_once(&it->r, &r0);
	}
	it->meta.number++;
	if (!err && it->seq.n)
		err = file_write_fd(it->fd, it->seq.s, it->seq.n);
	return err;
}

static int show_object(struct iter *it, struct object *o)
{
	switch (o->kind) {
	case ENGINE_MAP:
		fill_map(it, to_map(o));
		break;
	case ENGINE_PROG:
		fill_prog(it, &it->fake[0], &it->fake[1], to_prog(o));
		break;
	case ENGINE_LINK:
		fill_link(it, to_link(o));
		break;
	case ENGINE_BTF:
		break;
	}
	it->ctx[1] = engine_ptr(it->fake[0].at);
	return show(it);
}

static int walk_objects(struct iter *it, enum engine_kind kind)
{
	struct table *t = &it->e->table[kind];
	struct object *o;
	uint32_t id = 0;
	size_t i;
	int err = 0;

	while (!err) {
		lock(it->e);
		for (i = 0; i < t->at.n && t->at.at[i]->id <= id; i++)
			;
		o = i < t->at.n ? object_by_id(it->e, kind, t->at.at[i]->id) : NULL;
		unlock(it->e);
		if (!o)
			break;
		id = o->id;
		err = show_object(it, o);
		object_put(o);
	}
	return err;
}

static int walk_elements(struct iter *it)
{
	struct map *m = it->l->map->map;
	size_t size = map_user_value_size(m);
	uint8_t *key = mem_alloc(2 * (size_t)m->key_size), *value = mem_alloc(size), *next;
	bool any = false;
	int err = key && value ? 0 : -ENOMEM;

	next = key ? key + m->key_size : NULL;
	fill_map(it, it->l->map);
	it->ctx[1] = engine_ptr(it->fake[0].at);
	it->r.region[it->r.regions++] = (struct vm_region){engine_ptr(key), m->key_size, false};
	it->r.region[it->r.regions++] = (struct vm_region){engine_ptr(value), size, !m->fields};
	while (!err && !map_user_next_key(m, MAP_MAY_ALL, any ? key : NULL, next)) {
		memcpy(key, next, m->key_size);
		any = true;
		if (map_user_lookup(m, MAP_MAY_ALL, key, value, 0))
			continue;
		it->ctx[2] = engine_ptr(key);
		it->ctx[3] = engine_ptr(value);
		err = show(it);
	}
	it->ctx[2] = it->ctx[3] = 0;
	if (!err)
		err = show(it);
	mem_free(key);
	mem_free(value);
	return err;
}

static int walk(struct iter *it)
{
	const char *name = it->l->name;
	int err;

	if (!strcmp(name, "bpf_map_elem")) {
		err = fake_init(it, &it->fake[0], "bpf_map");
		return err ? err : walk_elements(it);
	}
	if (!strcmp(name, "bpf_map")) {
		err = fake_init(it, &it->fake[0], "bpf_map");
		if (!err)
			err = walk_objects(it, ENGINE_MAP);
	} else if (!strcmp(name, "bpf_prog")) {
		err = fake_init(it, &it->fake[0], "bpf_prog");
		if (!err)
			err = fake_init(it, &it->fake[1], "bpf_prog_aux");
		if (!err)
			err = walk_objects(it, ENGINE_PROG);
	} else {
		err = fake_init(it, &it->fake[0], "bpf_link");
		if (!err)
			err = fake_init(it, &it->fake[1], "bpf_prog");
		if (!err)
			err = fake_init(it, &it->fake[2], "bpf_prog_aux");
		if (!err)
			err = walk_objects(it, ENGINE_LINK);
	}
	it->ctx[1] = 0; /* and once more at the end, with nothing */
	return err ? err : show(it);
}

/* ---- commands ---- */

static int take_map(struct call *c, struct link_object *l)
{
	struct object *o;
	uint32_t fd = 0;
	int err;

	if (user_in(c->e, &fd, c->a->link_create.iter.info, c->a->link_create.iter.info_len < 4 ? 0 : 4))
		return -EFAULT;
	if (!fd)
		return -EBADF;
	err = object_by_fd(c->e, ENGINE_MAP, (int)fd, &o, NULL);
	if (err)
		return err;
	switch (to_map(o)->map->type) {
	case MAP_TYPE_HASH:
	case MAP_TYPE_LRU_HASH:
	case MAP_TYPE_PERCPU_HASH:
	case MAP_TYPE_LRU_PERCPU_HASH:
	case MAP_TYPE_ARRAY:
	case MAP_TYPE_PERCPU_ARRAY:
		l->map = to_map(o);
		return 0;
	default:
		object_put(o);
		return -EINVAL;
	}
}

int iter_link(struct call *c, struct prog_object *p, struct link_object *l)
{
	static const char *const targets[] = {"bpf_map", "bpf_prog", "bpf_link", "bpf_map_elem"};
	enum { INFO_SIZE = 16 };
	const char *prefix = "bpf_iter_", *name;
	uint64_t info = c->a->link_create.iter.info;
	uint32_t len = c->a->link_create.iter.info_len;
	size_t i;
	int err;

	if (c->a->link_create.target_fd || c->a->link_create.flags || !info != !len)
		return -EINVAL;
	err = info ? user_tail_zero(c->e, info, INFO_SIZE, len) : 0;
	if (err)
		return err;
	name = p->attach_btf ? btf_name(p->attach_btf->btf, p->attach_btf_id) : "";
	if (!str_has_prefix(name, prefix))
		return -ENOENT;
	name += strlen(prefix);
	for (i = 0; i < ARRAY_LEN(targets) && strcmp(name, targets[i]); i++)
		;
	if (i == ARRAY_LEN(targets))
		return -ENOENT;
	memcpy(l->name, name, strlen(name));
	return strcmp(name, "bpf_map_elem") ? 0 : take_map(c, l);
}

static int run(struct iter *it)
{
	size_t i;
	int err;

	err = runner_init(&it->r, it->l->prog);
	if (err)
		return err;
	str_init(&it->seq, VM_SEQ_MAX);
	it->meta.seq = engine_ptr(&it->seq);
	it->meta.session = it->l->o.id;
	it->ctx[0] = engine_ptr(&it->meta);
	it->r.world.seq = &it->seq;
	it->r.arg[0] = engine_ptr(it->ctx);
	it->r.region[it->r.regions++] = (struct vm_region){engine_ptr(it->ctx), sizeof(it->ctx), false};
	it->r.region[it->r.regions++] =
		(struct vm_region){engine_ptr(&it->meta), sizeof(it->meta), false};
	err = walk(it);
	for (i = 0; i < ARRAY_LEN(it->fake); i++)
		mem_free(it->fake[i].at);
	str_done(&it->seq);
	runner_done(&it->r);
	return err;
}

int command_iter_create(struct call *c)
{
	struct iter it = {.e = c->e};
	struct object *o;
	int err;

	if (c->a->iter_create.flags)
		return -EINVAL;
	err = object_by_fd(c->e, ENGINE_LINK, (int)c->a->iter_create.link_fd, &o, NULL);
	if (err)
		return err;
	it.l = to_link(o);
	it.fd = -1;
	err = it.l->type == ABI_LINK_ITER ? 0 : -EINVAL;
	if (!err) {
		it.fd = memfd_create("bpf_iter", MFD_CLOEXEC);
		err = it.fd < 0 ? -errno : run(&it);
	}
	if (!err && lseek(it.fd, 0, SEEK_SET) < 0)
		err = -errno;
	if (err && it.fd >= 0)
		close(it.fd);
	object_put(o);
	return err ? err : it.fd;
}
