// Context switch for AArch64, AAPCS64. The contract is in switch.h.
//
// Saved, lowest address first; a Context's sp points at the first word:
//
//     sp + 0    x19, x20    a new fiber: entry, arg
//     sp + 16   x21, x22
//     sp + 32   x23, x24
//     sp + 48   x25, x26
//     sp + 64   x27, x28
//     sp + 80   x29, x30    x30: address to resume at
//     sp + 96   d8, d9
//     sp + 112  d10, d11
//     sp + 128  d12, d13
//     sp + 144  d14, d15
//
// Not saved, and why that is right:
//   - x0-x17 and the upper halves of v8-v15: the ABI makes them the caller's to save.
//   - x18: the platform register; Linux leaves it alone and so do we.
//   - fpcr: the runtime never changes it. A task that does puts it back before it waits.
//   - tpidr_el0 (thread-local storage): a suspended fiber resumes on the worker that
//     started it, so its thread-locals are the same before and after.

#if defined(__aarch64__)

    .text

    // void heddle_switch(Context* from, Context to)
    //   x0 = from, x1 = to.sp
    .globl  heddle_switch
    .hidden heddle_switch
    .type   heddle_switch, %function
    .p2align 4
heddle_switch:
    .cfi_startproc
    sub     sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp     x19, x20, [sp, #0]
    stp     x21, x22, [sp, #16]
    stp     x23, x24, [sp, #32]
    stp     x25, x26, [sp, #48]
    stp     x27, x28, [sp, #64]
    stp     x29, x30, [sp, #80]
    stp     d8, d9, [sp, #96]
    stp     d10, d11, [sp, #112]
    stp     d12, d13, [sp, #128]
    stp     d14, d15, [sp, #144]
    mov     x9, sp
    str     x9, [x0]            // from->sp: the fiber is now wholly in memory.

    mov     sp, x1              // From here on we are the other fiber.
    ldp     x19, x20, [sp, #0]
    ldp     x21, x22, [sp, #16]
    ldp     x23, x24, [sp, #32]
    ldp     x25, x26, [sp, #48]
    ldp     x27, x28, [sp, #64]
    ldp     x29, x30, [sp, #80]
    ldp     d8, d9, [sp, #96]
    ldp     d10, d11, [sp, #112]
    ldp     d12, d13, [sp, #128]
    ldp     d14, d15, [sp, #144]
    add     sp, sp, #160
    .cfi_adjust_cfa_offset -160
    br      x30                 // Not ret: see switch.h.
    .cfi_endproc
    .size   heddle_switch, . - heddle_switch

    // void heddle_enter()
    //   x19 = entry, x20 = arg, as make_context() laid them out.
    .globl  heddle_enter
    .hidden heddle_enter
    .type   heddle_enter, %function
    .p2align 4
heddle_enter:
    .cfi_startproc
    .cfi_undefined x30          // The stack ends here: unwinders and gdb stop.
    mov     x0, x20
    blr     x19
    brk     #1                  // entry returned.
    .cfi_endproc
    .size   heddle_enter, . - heddle_enter

#endif

    .section .note.GNU-stack, "", %progbits
