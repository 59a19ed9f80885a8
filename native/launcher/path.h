/*
 * The PATH in which programs are searched. Node hands an environment on as text, in which bytes that are not UTF-8 have become U+FFFD: then the server's
 * own is taken, byte by byte.
 */
#ifndef CIRCUIT_LAUNCHER_PATH_H
#define CIRCUIT_LAUNCHER_PATH_H

/* To be called while the server is our parent. */
void path_restore(void);

#endif
