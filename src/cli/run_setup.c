/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep run: what is around the program - its memory or packet, maps and their elements, names. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/run.h"

enum { MEM_MAX = 64 << 20, ELEM_MAX = 1 << 20, SHOWN_MAX = 4096 };

#define wrong(j, id, ...) diag_error(&(j)->c->diag, id, DIAG_NONE, __VA_ARGS__)

/* ---- memory --------------------------------------------------------------------------------------- */

static int read_mem(struct run_job *j)
{
	struct file f;
	int err;

	if (j->o->mem)
		return cli_hex(j->c, j->o->mem, &j->mem, &j->mem_len);
	if (!j->o->data)
		return 0;
	err = file_read(j->o->data, MEM_MAX, &j->c->diag, &f);
	if (err)
		return err;
	j->mem = mem_alloc(f.size);
	if (j->mem)
		memcpy(j->mem, f.data, f.size);
	j->mem_len = f.size;
	file_done(&f);
	return j->mem ? 0 : -ENOMEM;
}

/* What --ctx gives replaces the first bytes of the context, but for where the packet lies. */
static int set_ctx(struct run_job *j)
{
	size_t size = j->o->type == RUN_XDP ? sizeof(j->packet.xdp) : sizeof(j->packet.skb), n;
	struct vm_skb ours = j->packet.skb;
	struct vm_xdp xdp = j->packet.xdp;
	uint8_t *bytes = NULL;
	int err;

	if (!j->o->ctx)
		return 0;
	err = cli_hex(j->c, j->o->ctx, &bytes, &n);
	if (err)
		return err;
	if (n > size) {
		mem_free(bytes);
		return wrong(j, "run.ctx", "--ctx has %zu bytes, and the context %zu", n, size);
	}
	assert(bytes);
	memcpy(vm_packet_ctx(&j->packet), bytes, n);
	mem_free(bytes);
	if (j->o->type == RUN_XDP) {
		j->packet.xdp.data = xdp.data;
		j->packet.xdp.data_end = xdp.data_end;
		j->packet.xdp.data_meta = xdp.data_meta;
	} else {
		j->packet.skb.len = ours.len;
		j->packet.skb.data = ours.data;
		j->packet.skb.data_end = ours.data_end;
		j->packet.skb.data_meta = ours.data_meta;
	}
	return 0;
}

/* The values that 64-bit loads may name. */
static int show_values(struct run_job *j, struct vm_run *run)
{
	uint64_t at;
	size_t i;
	int err = 0;

	for (i = 0; i < j->maps && !err; i++)
		if (!map_direct_value(j->map[i], 0, &at))
			err = vm_run_region(run, (const void *)(uintptr_t)at, j->map[i]->value_size, true);
	return err;
}

int run_show_memory(struct run_job *j, struct vm_run *run, uint64_t ret_arg[5])
{
	int err;

	vm_run_reset(run);
	memset(ret_arg, 0, 5 * sizeof(*ret_arg));
	err = show_values(j, run);
	if (err)
		return err;
	if (j->o->type == RUN_RAW) {
		ret_arg[0] = (uint64_t)(uintptr_t)j->mem;
		ret_arg[1] = j->mem_len;
		return j->mem ? vm_run_region(run, j->mem, j->mem_len, true) : 0;
	}
	err = vm_packet_set(&j->packet, j->mem, j->mem_len);
	if (err)
		return wrong(j, "run.packet",
			     "a packet of %zu bytes cannot be (the least is an Ethernet header, 14): %s",
			     j->mem_len, strerror(-err));
	err = set_ctx(j);
	ret_arg[0] = (uint64_t)(uintptr_t)vm_packet_ctx(&j->packet);
	return err ? err : vm_packet_show(run, &j->packet);
}

/* ---- maps ----------------------------------------------------------------------------------------- */

static int find_map(const struct run_job *j, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < j->maps; i++)
		if (strlen(j->map_name[i]) == len && !memcmp(j->map_name[i], name, len))
			return (int)i;
	return -1;
}

static int map_type(struct run_job *j, const char *name, size_t len, uint32_t *ret_type)
{
	const char *names[64];
	const char *near;
	uint32_t type;
	size_t n = 0;

	for (type = 1; type < ARRAY_LEN(names) && map_type_name(type); type++) {
		if (strlen(map_type_name(type)) == len && !memcmp(map_type_name(type), name, len)) {
			*ret_type = type;
			return 0;
		}
		names[n++] = map_type_name(type);
	}
	wrong(j, "run.map", "there is no map type '%.*s'", (int)len, name);
	near = near_best(name, len, names, n);
	if (near)
		diag_note(&j->c->diag, DIAG_NONE, "did you mean '%s'?", near);
	return -EINVAL;
}

/* ",key=4": one of a declaration's numbers. */
static int map_number(struct run_job *j, const char *s, size_t len, struct map_attr *a)
{
	const struct { const char *name; uint32_t *to; } number[] = {
		{"key", &a->key_size}, {"value", &a->value_size}, {"max", &a->max_entries}, {"flags", &a->flags}};
	size_t i, k;
	uint64_t v;

	for (i = 0; i < ARRAY_LEN(number); i++) {
		k = strlen(number[i].name);
		if (len <= k || memcmp(s, number[i].name, k) || s[k] != '=')
			continue;
		if (num_parse_u64(s + k + 1, len - k - 1, &v) || v > UINT32_MAX)
			break;
		*number[i].to = (uint32_t)v;
		return 0;
	}
	return wrong(j, "run.map", "'%.*s' is none of key=N, value=N, max=N, flags=N", (int)len, s);
}

/* NAME=TYPE,key=4,value=8,max=16 */
static int declare_map(struct run_job *j, const char *s)
{
	size_t name = strcspn(s, "="), len;
	struct map_attr a = {.key_size = 4, .value_size = 8, .max_entries = 1024};
	const char *at = s + name;
	int err;

	if (!name || !*at || name >= RUN_NAME_MAX || j->maps >= RUN_MAPS_MAX)
		return wrong(j, "run.map", "--map takes NAME=TYPE,key=N,value=N,max=N, not '%.64s'", s);
	at++;
	len = strcspn(at, ",");
	err = map_type(j, at, len, &a.type);
	for (at += len; !err && *at == ','; at += len) {
		at++;
		len = strcspn(at, ",");
		err = map_number(j, at, len, &a);
	}
	if (err)
		return err;
	memcpy(j->map_name[j->maps], s, name);
	a.name = j->map_name[j->maps];
	err = map_create(&a, &j->map_env, &j->map[j->maps]);
	if (err)
		return wrong(j, "run.map", "the map '%s' cannot be made: %s", a.name, strerror(-err));
	j->maps++;
	return 0;
}

/* MAP:KEY=VALUE, both in hex */
static int set_elem(struct run_job *j, const char *s)
{
	size_t name = strcspn(s, ":"), key_len, key_n = 0, value_n = 0;
	int i = find_map(j, s, name), err;
	uint8_t *key, *value;
	struct map *m;

	if (i < 0 || !s[name])
		return wrong(j, "run.elem", "--elem takes MAP:KEY=VALUE in hex, of a map that is there, not '%.64s'",
			     s);
	m = j->map[i];
	s += name + 1;
	key_len = strcspn(s, "=");
	key = mem_alloc(m->key_size + 1);
	value = mem_alloc(map_user_value_size(m) + 1);
	err = key && value ? 0 : -ENOMEM;
	if (!err && (!s[key_len] || num_parse_hex(s, key_len, key, m->key_size, &key_n) ||
		     num_parse_hex(s + key_len + 1, strlen(s + key_len + 1), value, map_user_value_size(m),
				   &value_n) ||
		     key_n != m->key_size || value_n != map_user_value_size(m)))
		err = wrong(j, "run.elem", "the map '%s' has keys of %u and values of %zu bytes", j->map_name[i],
			    m->key_size, map_user_value_size(m));
	if (!err) {
		err = map_user_update(m, MAP_MAY_ALL, key, value, 0);
		if (err)
			wrong(j, "run.elem", "the map '%s' does not take that: %s", j->map_name[i], strerror(-err));
	}
	mem_free(key);
	mem_free(value);
	return err;
}

int run_resolve(void *job, const struct isa_op *op, struct diag *d, uint64_t *ret_value)
{
	struct run_job *j = job;

	return vm_resolve_map(op, j->map, j->maps, d, ret_value);
}

static void show_elements(struct run_job *j, const struct map *map, uint8_t *key, uint8_t *value,
			  struct out *o)
{
	struct map *m = (struct map *)(uintptr_t)map;
	const uint8_t *from = NULL;
	uint32_t shown = 0;

	(void)j;
	while (shown++ < SHOWN_MAX && !map_user_next_key(m, MAP_MAY_ALL, from, key)) {
		from = key;
		if (map_user_lookup(m, MAP_MAY_ALL, key, value, 0))
			continue;
		out_object(o, NULL);
		out_bytes(o, "key", key, m->key_size);
		out_bytes(o, "value", value, map_user_value_size(m));
		out_end(o);
	}
}

/* Maps that can be walked through; the first SHOWN_MAX elements of each. */
void run_show_maps(struct run_job *j, struct out *o)
{
	uint8_t *key, *value;
	size_t i;

	if (!j->maps)
		return;
	out_array(o, "maps", OUT_LIST);
	for (i = 0; i < j->maps; i++) {
		const struct map *m = j->map[i];

		key = mem_alloc(m->key_size + 1);
		value = mem_alloc(map_user_value_size(m) + 1);
		out_object(o, NULL);
		out_str(o, "name", j->map_name[i]);
		out_str(o, "type", map_type_name(m->type));
		out_array(o, "elements", OUT_TABLE);
		if (key && value && m->key_size)
			show_elements(j, m, key, value, o);
		out_end(o);
		out_end(o);
		mem_free(key);
		mem_free(value);
	}
	out_end(o);
}

/* ---- names ---------------------------------------------------------------------------------------- */

static bool print_name(void *job, enum isa_name kind, const struct isa_op *op, uint32_t pc, struct str *to)
{
	const struct run_job *j = job;

	if (kind != ISA_NAME_MAP)
		return cli_helper_names.print(NULL, kind, op, pc, to);
	if (op->imm < 1 || (size_t)op->imm > j->maps)
		return false;
	str_add(to, j->map_name[op->imm - 1]);
	return true;
}

static int find_name(void *job, bool call, const char *name, size_t len, struct isa_named *ret)
{
	int m;

	if (call)
		return cli_helper_names.find(NULL, call, name, len, ret);
	m = find_map(job, name, len);
	if (m < 0)
		return -ENOENT;
	*ret = (struct isa_named){.src = 1, .imm = m + 1};
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static void print_text(void *arg, const char *text, size_t n)
{
	(void)arg;
	fwrite(text, 1, n, stderr);
	if (!n || text[n - 1] != '\n')
		fputc('\n', stderr);
}

static void set_world(struct run_job *j)
{
	struct vm_task *t = &j->world.task;
	long cpus = sysconf(_SC_NPROCESSORS_CONF);

	j->outside.print = print_text;
	vm_world_init(&j->world, &j->outside, j, 1);
	j->any_world = true;
	j->map_env = (struct map_env){.cpus = cpus > 0 ? (uint32_t)cpus : 1, .kernel = ABI_KERNEL(6, 18),
				      .seed = 1};
	j->world.cpus = j->map_env.cpus;
	t->pid = t->tgid = (uint32_t)getpid();
	t->uid = (uint32_t)getuid();
	t->gid = (uint32_t)getgid();
	snprintf(t->comm, sizeof(t->comm), "skep");
	j->names = (struct isa_names){.ctx = j, .print = print_name, .find = find_name,
					.all = cli_helper_names.all};
}

int run_setup(struct run_job *j)
{
	size_t i;
	int err = read_mem(j);

	set_world(j);
	for (i = 0; !err && i < j->o->map.n; i++)
		err = declare_map(j, j->o->map.at[i]);
	for (i = 0; !err && i < j->o->elem.n; i++)
		err = set_elem(j, j->o->elem.at[i]);
	if (!err && j->o->type != RUN_RAW) {
		err = vm_packet_init(&j->packet, j->o->type == RUN_XDP ? VM_PACKET_XDP : VM_PACKET_SKB);
		j->any_packet = !err;
		if (err)
			wrong(j, "run.packet", "there is no memory below 4 GiB for a packet: %s", strerror(-err));
		j->world.packet = &j->packet;
	}
	return err;
}

void run_teardown(struct run_job *j)
{
	size_t i;

	for (i = 0; i < j->maps; i++)
		map_unref_user(j->map[i]);
	if (j->maps)
		map_quiesce();
	if (j->any_packet)
		vm_packet_done(&j->packet);
	if (j->any_world)
		vm_world_done(&j->world);
	mem_free(j->mem);
}
