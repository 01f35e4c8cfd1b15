//go:build gc && !purego

#include "textflag.h"

// func frames() (site, caller uintptr)
//
// R29 is the caller's frame. It points to the frame pointer of its caller; the
// address to return to lies above it.
TEXT ·frames(SB), NOSPLIT|NOFRAME, $0-16
	MOVD 8(R29), R0
	MOVD (R29), R1
	MOVD 8(R1), R1
	MOVD R0, site+0(FP)
	MOVD R1, caller+8(FP)
	RET
