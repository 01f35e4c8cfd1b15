//go:build gc && !purego

#include "textflag.h"

// func frames() (site, caller uintptr)
//
// BP is the caller's frame. A frame begins with the frame pointer of its caller
// and, above it, the address to return to.
TEXT ·frames(SB), NOSPLIT|NOFRAME, $0-16
	MOVQ 8(BP), AX
	MOVQ (BP), BX
	MOVQ 8(BX), BX
	MOVQ AX, site+0(FP)
	MOVQ BX, caller+8(FP)
	RET
