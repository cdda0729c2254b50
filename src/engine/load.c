/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loader, over any engine: the object is settled for the engine's kernel, then BTF, maps and
 * programs go through the boundary in this order, and what needs programs last. The order and the
 * rules are libbpf's, so that the engine sees the same calls.
 */
#include <dirent.h>
#include <unistd.h>

#include "engine/loader.h"

/* ---- for which kernel ---- */

static const struct engine_load_prog *prog_asked(const struct loader *l, const struct obj_prog *p)
{
	size_t i;

	for (i = 0; i < l->o->progs; i++)
		if (!strcmp(l->o->prog[i].name, p->name) || !strcmp(l->o->prog[i].name, p->section))
			return &l->o->prog[i];
	return NULL;
}

/* What the caller asked for goes into the object, before it is prepared. */
static void set_programs(struct loader *l)
{
	for vec_each(&l->obj->prog, p) {
		const struct engine_load_prog *a = prog_asked(l, p);

		if (p->func)
			continue;
		if (l->o->only_listed)
			p->load = a && !a->skip;
		else if (a)
			p->load = a->skip ? false : a->load ? true : p->load;
		if (a && a->type) {
			p->type = (uint8_t)a->type;
			p->attach = (uint8_t)a->attach;
		}
	}
}

const struct engine_load_map *load_map_asked(const struct loader *l, const struct obj_map *m)
{
	size_t i;

	for (i = 0; i < l->o->maps; i++)
		if (!strcmp(l->o->map[i].name, m->name))
			return &l->o->map[i];
	return NULL;
}

static void set_maps(struct loader *l)
{
	for vec_each(&l->obj->map, m) {
		const struct engine_load_map *a = load_map_asked(l, m);

		if (a && a->skip)
			m->create = false;
		if (a && a->max_entries)
			m->attr.max_entries = a->max_entries;
	}
}

/* What no BTF says: kfuncs of an engine that has none, by abi's table. */
static int find_symbol(void *ctx, const struct obj_extern *x, struct obj_ksym *ret)
{
	struct loader *l = ctx;
	const struct abi_kfunc *f;
	size_t i;

	if (x->kind != OBJ_EXTERN_KFUNC || engine_vmlinux(l->e))
		return load_kallsyms(l, x->name, &ret->addr);
	for (i = 0; (f = abi_kfunc(i)); i++) {
		if (strcmp(f->name, x->plain))
			continue;
		ret->btf_id = (uint32_t)i + 1;
		return 0;
	}
	return -ENOENT;
}

/* The modules' BTF, where the kernel's own is not enough: those of the running kernel. */
static int open_modules(struct loader *l, const struct btf *vmlinux)
{
	DIR *d = opendir("/sys/kernel/btf");
	struct obj_target_module m;
	struct dirent *f;
	struct btf *b;
	struct str path;
	char *name;
	int err = 0;

	if (!d)
		return 0;
	while (!err && (f = readdir(d))) {
		if (*f->d_name == '.' || !strcmp(f->d_name, "vmlinux"))
			continue;
		str_init(&path, 4096);
		str_addf(&path, "/sys/kernel/btf/%s", f->d_name);
		if (!btf_open(path.s, (struct btf *)(uintptr_t)vmlinux, NULL, &b)) {
			name = arena_strdup(&l->arena, f->d_name);
			m = (struct obj_target_module){name, b};
			err = name ? vec_push(&l->module, m) : -ENOMEM;
			if (err)
				btf_unref(b);
		}
		str_done(&path);
	}
	closedir(d);
	return err;
}

static int prepare(struct loader *l)
{
	uint16_t k = l->e->kernel;
	struct obj_target t = {
		.vmlinux = l->o->vmlinux ? l->o->vmlinux : engine_vmlinux(l->e),
		.version = (uint32_t)(k >> 8) << 16 | (uint32_t)(k & 255) << 8,
		.cookie = k >= ABI_KERNEL(5, 15),
		.syscall_wrapper = true,
		.find = find_symbol,
		.ctx = l,
	};
	struct str kconfig;
	int err = 0;

	if (l->obj->prepared)
		return 0;
	if (t.vmlinux && !l->o->vmlinux && !strcmp(engine_name(l->e), "kernel"))
		err = open_modules(l, t.vmlinux);
	t.module = l->module.at;
	t.n_modules = l->module.n;
	str_init(&kconfig, 1 << 24);
	if (!err && l->obj->kconfig_map >= 0 && !obj_kconfig_read(NULL, NULL, &kconfig)) {
		t.kconfig = kconfig.s;
		t.kconfig_len = kconfig.n;
	}
	if (!err)
		err = obj_prepare(l->obj, &t, l->d);
	str_done(&kconfig);
	return err;
}

/* ---- BTF ---- */

/* Objects work without their types, on kernels that do not take them: so that is a warning. */
static int load_btf(struct loader *l)
{
	struct obj_bytes b = {0};
	char *log;
	int err = obj_btf(l->obj, obj_btf_features(l->e->kernel), l->d, &b), fd;

	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	fd = engine_btf_load(l->e, b.data, b.size, NULL, 0);
	if (fd >= 0) {
		l->to->btf_fd = fd;
	} else {
		log = mem_alloc(LOAD_LOG);
		diag_warn(l->d, "load.btf", diag_file(l->obj->path),
			  "the engine does not take the object's types: %s", engine_strerror(fd));
		if (log && engine_btf_load(l->e, b.data, b.size, log, LOAD_LOG) < 0 && *log)
			diag_note(l->d, DIAG_NONE, "%s", log);
		mem_free(log);
	}
	obj_bytes_done(&b);
	return 0;
}

/* The descriptor of the loaded BTF with that name, which belongs to a module. */
int load_module_fd(struct loader *l, const char *name)
{
	struct engine_btf_info info;
	char is[64];
	uint32_t id = 0;
	int fd;

	while (!engine_next_id(l->e, ENGINE_BTF, id, &id)) {
		fd = engine_open_id(l->e, ENGINE_BTF, id);
		if (fd < 0)
			continue;
		info = (struct engine_btf_info){.name = engine_ptr(is), .name_len = sizeof(is)};
		if (!engine_info(l->e, fd, &info, sizeof(info)) && info.kernel && !strcmp(is, name))
			return fd;
		engine_close(l->e, fd);
	}
	return -ENOENT;
}

static int take_modules(struct loader *l)
{
	int fd, err = 0;

	for vec_each(&l->obj->module, m) {
		fd = load_module_fd(l, m->name);
		if (fd < 0)
			return diag_error(l->d, "load.module", diag_file(l->obj->path),
					  "the types of module '%s' cannot be had: %s", m->name,
					  engine_strerror(fd)),
			       fd;
		err = vec_push(&l->module_fd, fd);
		if (err) {
			engine_close(l->e, fd);
			return err;
		}
	}
	return 0;
}

/* ---- all of it ---- */

static void loader_done(struct loader *l)
{
	for vec_each(&l->module_fd, fd)
		engine_close(l->e, *fd);
	vec_done(&l->module_fd);
	for vec_each(&l->module, m)
		btf_unref((struct btf *)(uintptr_t)m->btf);
	vec_done(&l->module);
	vec_done(&l->map_fd);
	arena_done(&l->arena);
}

int engine_load(struct engine *e, const struct engine_load *o, struct diag *d,
		struct engine_loaded *ret_l)
{
	struct engine_loaded to = {.engine = e,
				   .map = VEC_INIT(OBJ_MAPS_MAX),
				   .prog = VEC_INIT(OBJ_PROGS_MAX),
				   .btf_fd = -1};
	struct loader l = {.e = e,
			   .o = o,
			   .obj = o->obj,
			   .d = d,
			   .to = &to,
			   .module = VEC_INIT(4096),
			   .module_fd = VEC_INIT(4096),
			   .map_fd = VEC_INIT(OBJ_MAPS_MAX)};
	int err;

	arena_init(&l.arena, 1 << 20);
	set_programs(&l);
	set_maps(&l);
	err = prepare(&l);
	if (!err)
		err = load_btf(&l);
	if (!err)
		err = take_modules(&l);
	if (!err)
		err = load_maps(&l);
	if (!err)
		err = load_programs(&l);
	if (!err)
		err = load_fill(&l);
	if (!err)
		err = load_struct_ops(&l);
	loader_done(&l);
	if (err)
		engine_loaded_done(&to);
	else
		*ret_l = to;
	return err;
}

void engine_loaded_done(struct engine_loaded *l)
{
	for vec_each(&l->prog, p) {
		engine_close(l->engine, p->fd);
		mem_free(p->name);
		mem_free(p->section);
		mem_free(p->insn);
		mem_free(p->log);
	}
	for vec_each(&l->map, m) {
		if (!m->borrowed)
			engine_close(l->engine, m->fd);
		mem_free(m->name);
	}
	engine_close(l->engine, l->btf_fd);
	l->btf_fd = -1;
	vec_done(&l->prog);
	vec_done(&l->map);
}

struct engine_loaded_map *engine_loaded_map(const struct engine_loaded *l, const char *name)
{
	for vec_each(&l->map, m)
		if (!strcmp(m->name, name) || (*m->name == '.' && !strcmp(m->name + 1, name)))
			return m;
	return NULL;
}

struct engine_loaded_prog *engine_loaded_prog(const struct engine_loaded *l, const char *name)
{
	for vec_each(&l->prog, p)
		if (!strcmp(p->name, name))
			return p;
	for vec_each(&l->prog, p)
		if (!strcmp(p->section, name))
			return p;
	return NULL;
}

char *load_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = mem_alloc(n);

	if (copy)
		memcpy(copy, s, n);
	return copy;
}

/* "ffffffff81000000 T name": of the running kernel, where it shows addresses. */
int load_kallsyms(struct loader *l, const char *name, uint64_t *ret_addr)
{
	size_t len = strlen(name);
	struct file f;
	const char *at, *end;
	int err = -ENOENT;

	if (strcmp(engine_name(l->e), "kernel") || file_read("/proc/kallsyms", 1 << 28, NULL, &f))
		return -ENOENT;
	at = (const char *)f.data;
	for (; err && (end = strchr(at, '\n')); at = end + 1) {
		uint64_t addr = 0;
		const char *p = at;

		if ((size_t)(end - at) < 19 + len || memcmp(at + 19, name, len) ||
		    (at[19 + len] != '\n' && at[19 + len] != '\t'))
			continue;
		for (; *p != ' '; p++)
			addr = addr << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
		*ret_addr = addr;
		err = 0;
	}
	file_done(&f);
	return err;
}
