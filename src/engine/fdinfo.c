/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What /proc says of descriptors, for programs that look there: bpftool, libbpf. */
#include <inttypes.h>

#include "engine/impl.h"

const char *engine_embedded_kind(struct engine *engine, int fd)
{
	static const char *const name[] = {[ENGINE_PROG] = "bpf-prog",
					   [ENGINE_MAP] = "bpf-map",
					   [ENGINE_BTF] = "btf",
					   [ENGINE_LINK] = "bpf_link"};
	struct embedded *e = (struct embedded *)engine;
	struct handle *h;
	const char *kind = NULL;

	lock(e);
	h = handle_find(e, fd);
	if (h)
		kind = h->o ? name[h->o->kind] : "bpf-stats";
	unlock(e);
	return kind;
}

static void tell_map(const struct map_object *m, struct str *s)
{
	const struct map *map = m->map;

	str_addf(s, "map_type:\t%u\nkey_size:\t%u\nvalue_size:\t%u\nmax_entries:\t%u\n", map->type,
		 map->key_size, map->value_size, map->max_entries);
	str_addf(s, "map_flags:\t%#x\nmap_extra:\t%#" PRIx64 "\nmemlock:\t%" PRIu64 "\n", map->flags,
		 map->extra, map_memory(map));
	str_addf(s, "map_id:\t%u\nfrozen:\t%u\n", m->o.id,
		 __atomic_load_n(&map->frozen, __ATOMIC_RELAXED));
	if (m->owned)
		str_addf(s, "owner_prog_type:\t%u\nowner_jited:\t%u\n", m->owner.type,
			 m->owner.jited);
}

static void tell_tag(const struct prog_object *p, struct str *s)
{
	int i;

	str_add(s, "prog_tag:\t");
	for (i = 0; i < ENGINE_TAG; i++)
		str_addf(s, "%02x", p->digest[i]);
	str_addc(s, '\n');
}

static void tell_prog(const struct prog_object *p, struct str *s)
{
	uint64_t bytes = ALIGN_UP(p->insns * sizeof(struct insn), (size_t)PAGE);

	str_addf(s, "prog_type:\t%u\nprog_jited:\t%u\n", p->type, vm_prog_code(p->vm).size != 0);
	tell_tag(p, s);
	str_addf(s, "memlock:\t%" PRIu64 "\nprog_id:\t%u\nrun_time_ns:\t%" PRIu64 "\n", bytes, p->o.id,
		 __atomic_load_n(&p->run_ns, __ATOMIC_RELAXED));
	str_addf(s, "run_cnt:\t%" PRIu64 "\nrecursion_misses:\t0\nverified_insns:\t%u\n",
		 __atomic_load_n(&p->run_cnt, __ATOMIC_RELAXED), p->insns);
}

static void tell_link(const struct link_object *l, struct str *s)
{
	const struct abi_link_type *t = abi_link_type(l->type);

	str_addf(s, "link_type:\t%s\nlink_id:\t%u\n", t ? t->name : "<unknown>", l->o.id);
	if (!l->prog)
		return;
	tell_tag(l->prog, s);
	str_addf(s, "prog_id:\t%u\n", l->prog->o.id);
}

int engine_embedded_fdinfo(struct engine *engine, int fd, struct str *s)
{
	struct object *o;
	int err = object_any_by_fd((struct embedded *)engine, fd, &o, NULL);

	if (err)
		return -EBADF;
	str_add(s, "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1\n");
	switch (o->kind) {
	case ENGINE_MAP:
		tell_map(to_map(o), s);
		break;
	case ENGINE_PROG:
		tell_prog(to_prog(o), s);
		break;
	case ENGINE_LINK:
		tell_link(to_link(o), s);
		break;
	case ENGINE_BTF:
		str_addf(s, "btf_id:\t%u\n", o->id);
		break;
	}
	object_put(o);
	return str_err(s);
}
