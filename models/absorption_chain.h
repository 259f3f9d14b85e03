/**
 * Compartments of an absorption chain by number, for parts that differ in length alone.
 *
 * TACRO_CHAIN_<n>(X) is X(k, state, state before) for k = 2 .. n; the first is DEPOT.
 */
#ifndef TACRO_MODELS_ABSORPTION_CHAIN_H
#define TACRO_MODELS_ABSORPTION_CHAIN_H

#include "models/part.h"

#define TACRO_CHAIN_1(X)
#define TACRO_CHAIN_2(X) X(2, A2, DEPOT)
#define TACRO_CHAIN_3(X) TACRO_CHAIN_2(X) X(3, A3, A2)
#define TACRO_CHAIN_4(X) TACRO_CHAIN_3(X) X(4, A4, A3)
#define TACRO_CHAIN_5(X) TACRO_CHAIN_4(X) X(5, A5, A4)
#define TACRO_CHAIN_6(X) TACRO_CHAIN_5(X) X(6, A6, A5)
#define TACRO_CHAIN_7(X) TACRO_CHAIN_6(X) X(7, A7, A6)
#define TACRO_CHAIN_8(X) TACRO_CHAIN_7(X) X(8, A8, A7)
#define TACRO_CHAIN_9(X) TACRO_CHAIN_8(X) X(9, A9, A8)
#define TACRO_CHAIN_10(X) TACRO_CHAIN_9(X) X(10, A10, A9)
#define TACRO_CHAIN_11(X) TACRO_CHAIN_10(X) X(11, A11, A10)
#define TACRO_CHAIN_12(X) TACRO_CHAIN_11(X) X(12, A12, A11)
#define TACRO_CHAIN_13(X) TACRO_CHAIN_12(X) X(13, A13, A12)
#define TACRO_CHAIN_14(X) TACRO_CHAIN_13(X) X(14, A14, A13)
#define TACRO_CHAIN_15(X) TACRO_CHAIN_14(X) X(15, A15, A14)
#define TACRO_CHAIN_16(X) TACRO_CHAIN_15(X) X(16, A16, A15)
#define TACRO_CHAIN_17(X) TACRO_CHAIN_16(X) X(17, A17, A16)
#define TACRO_CHAIN_18(X) TACRO_CHAIN_17(X) X(18, A18, A17)
#define TACRO_CHAIN_19(X) TACRO_CHAIN_18(X) X(19, A19, A18)
#define TACRO_CHAIN_20(X) TACRO_CHAIN_19(X) X(20, A20, A19)
#define TACRO_CHAIN_21(X) TACRO_CHAIN_20(X) X(21, A21, A20)
#define TACRO_CHAIN_22(X) TACRO_CHAIN_21(X) X(22, A22, A21)
#define TACRO_CHAIN_23(X) TACRO_CHAIN_22(X) X(23, A23, A22)
#define TACRO_CHAIN_24(X) TACRO_CHAIN_23(X) X(24, A24, A23)

#define TACRO_CHAIN_STATE(k, state, before)                                            \
    {#state, "mg", 1e-9, "amount in compartment " #k " of the chain"},
#define TACRO_CHAIN_FLOW(k, state, before)                                             \
    {.from = (k)-2, .to = TACRO_OWN((k)-1), .rate = P_KTR},
#define TACRO_CHAIN_DOC(k, state, before)                                              \
    "d" #state "/dt = KTR*(" #before " - " #state ")\n"

/** DOC of the last of n compartments. */
#define TACRO_CHAIN_LAST_1 "DEPOT"
#define TACRO_CHAIN_LAST_2 "A2"
#define TACRO_CHAIN_LAST_3 "A3"
#define TACRO_CHAIN_LAST_4 "A4"
#define TACRO_CHAIN_LAST_5 "A5"
#define TACRO_CHAIN_LAST_6 "A6"
#define TACRO_CHAIN_LAST_7 "A7"
#define TACRO_CHAIN_LAST_8 "A8"
#define TACRO_CHAIN_LAST_9 "A9"
#define TACRO_CHAIN_LAST_10 "A10"
#define TACRO_CHAIN_LAST_11 "A11"
#define TACRO_CHAIN_LAST_12 "A12"
#define TACRO_CHAIN_LAST_13 "A13"
#define TACRO_CHAIN_LAST_14 "A14"
#define TACRO_CHAIN_LAST_15 "A15"
#define TACRO_CHAIN_LAST_16 "A16"
#define TACRO_CHAIN_LAST_17 "A17"
#define TACRO_CHAIN_LAST_18 "A18"
#define TACRO_CHAIN_LAST_19 "A19"
#define TACRO_CHAIN_LAST_20 "A20"
#define TACRO_CHAIN_LAST_21 "A21"
#define TACRO_CHAIN_LAST_22 "A22"
#define TACRO_CHAIN_LAST_23 "A23"
#define TACRO_CHAIN_LAST_24 "A24"

#endif
