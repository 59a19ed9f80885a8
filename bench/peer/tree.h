/*
 * The tree that the peer serves: the circuit of one server as it looks when nothing happens in it. Names, modes, sizes and the way each
 * file is opened are those of ours (mount/tree), so that the kernel asks both the same questions; the bench compares before it measures.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The server's directory, by a name of the right length. */
#define SERVER_NAME "X0123456789abcdef"
/* The anchor below it that holds the many anchors. */
#define MANY_NAME "many"

struct entry {
	char name[24];
	uint64_t ino; /* its place in the tree, from FUSE_ROOT_ID on */
	mode_t mode;
	uint32_t size;    /* as stat(2) has it: 0 for a file whose size is not known before it is read */
	uint32_t content; /* bytes that a read gives */
	bool flushed;     /* acts on close: without it an open says FOPEN_NOFLUSH */
	struct entry *parent, *next, *child, *last_child;
	struct entry *next_in_bucket;
};

/* Builds the tree with so many anchors below MANY_NAME; `peek_bytes` is what `peek` reads as. */
void tree_build(unsigned anchors, uint32_t peek_bytes);
/* NULL if there is no such entry. */
struct entry *tree_find(const struct entry *parent, const char *name);
/* Never NULL: the kernel only names inodes that it was given. */
struct entry *tree_at(uint64_t ino);

#endif
