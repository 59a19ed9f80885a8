/*
 * All processes that descend from this one, however they tried to get away: it is their subreaper (PR_SET_CHILD_SUBREAPER), so those
 * whose parents have ended are its children.
 */
#ifndef CIRCUIT_LAUNCHER_DESCENDANTS_H
#define CIRCUIT_LAUNCHER_DESCENDANTS_H

/*
 * Asks all of them to end: TERM, and CONT for those who are stopped. They are stopped while they are collected, so that none escapes by
 * forking meanwhile: a fork cannot be completed by one who has a STOP pending.
 */
void descendants_terminate(void);
/* Kills all that are there; repeat until no child is left. Returns how many it could reach. */
unsigned descendants_kill(void);

#endif
