/* The library from which Go programs take random numbers, for versions of wine (before
   9) that have none. Compiled by wine.sh, for tests only. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size); /* RtlGenRandom */

__declspec(dllexport) BOOL ProcessPrng(PBYTE buffer, SIZE_T size) {
  return SystemFunction036(buffer, (ULONG)size);
}
