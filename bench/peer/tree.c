/* The peer's tree: one array of entries, and one hash table by parent and name. Built once, never changed. */
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BUCKETS 32768u

static struct entry *entries;
static uint64_t entries_used = 1; /* inode 0 is none, 1 the root */
static struct entry *buckets[BUCKETS];

/* FNV-1a over the parent's number and the name. */
static uint32_t hash(uint64_t parent, const char *name)
{
	uint32_t value = 2166136261u ^ (uint32_t)parent;

	for (; *name; name++)
		value = (value ^ (unsigned char)*name) * 16777619u;
	return value % BUCKETS;
}

static struct entry *add(struct entry *parent, const char *name, mode_t mode)
{
	struct entry *entry = &entries[entries_used];

	entry->ino = entries_used++;
	entry->mode = mode;
	entry->parent = parent ? parent : entry;
	snprintf(entry->name, sizeof entry->name, "%s", name);
	if (parent == NULL)
		return entry;
	if (parent->last_child)
		parent->last_child->next = entry;
	else
		parent->child = entry;
	parent->last_child = entry;

	struct entry **bucket = &buckets[hash(parent->ino, name)];

	entry->next_in_bucket = *bucket;
	*bucket = entry;
	return entry;
}

static void add_file(struct entry *parent, const char *name, mode_t mode, uint32_t content)
{
	struct entry *file = add(parent, name, S_IFREG | mode);

	file->content = content;
	file->flushed = (mode & 0222) != 0;
}

static struct entry *add_anchor(struct entry *parent, const char *name)
{
	struct entry *anchor = add(parent, name, S_IFDIR | 0755);

	add_file(anchor, "ctl", 0644, 200);
	add_file(anchor, "error", 0444, 0);
	add_file(anchor, "help", 0444, 400);
	return anchor;
}

void tree_build(unsigned anchors, uint32_t peek_bytes)
{
	entries = calloc(64 + 4 * (size_t)anchors, sizeof *entries);
	if (entries == NULL) {
		perror("calloc");
		exit(1);
	}
	struct entry *root = add(NULL, "", S_IFDIR | 0755);

	add_file(root, "help", 0444, 400);
	add_file(root, "members", 0444, 60);
	add(root, "host", S_IFDIR | 0755);

	struct entry *server = add_anchor(root, SERVER_NAME);

	add_file(server, "peek", 0444, peek_bytes);
	add_file(server, "log", 0400, 0);
	add_file(server, "env", 0400, 400);
	add_file(server, "metrics", 0444, 400);

	struct entry *many = add_anchor(server, MANY_NAME);

	for (unsigned i = 0; i < anchors; i++) {
		char name[24];

		snprintf(name, sizeof name, "a%04u", i);
		add_anchor(many, name);
	}
}

struct entry *tree_find(const struct entry *parent, const char *name)
{
	for (struct entry *entry = buckets[hash(parent->ino, name)]; entry; entry = entry->next_in_bucket)
		if (entry->parent == parent && strcmp(entry->name, name) == 0)
			return entry;
	return NULL;
}

struct entry *tree_at(uint64_t ino)
{
	return &entries[ino];
}
