// Context switch for x86-64, System V ABI. The contract is in switch.h.
//
// Saved, lowest address first; a Context's sp points at the first word:
//
//     sp + 0    r15
//     sp + 8    r14
//     sp + 16   r13       a new fiber: entry
//     sp + 24   r12       a new fiber: arg
//     sp + 32   rbx
//     sp + 40   rbp
//     sp + 48   address to resume at
//
// Not saved, and why that is right:
//   - rax, rcx, rdx, rsi, rdi, r8-r11, all vector registers: the ABI makes them the
//     caller's to save, and a switch is an ordinary call.
//   - mxcsr and the x87 control word: callee-saved by the letter of the ABI, but the
//     runtime never changes them, and saving them costs as much as the switch. A task that
//     changes them puts them back before it waits.
//   - fs (thread-local storage): a suspended fiber resumes on the worker that started it,
//     so its thread-locals are the same before and after.

#if defined(__x86_64__)

    .text

    // void heddle_switch(Context* from, Context to)
    //   rdi = from, rsi = to.sp
    .globl  heddle_switch
    .hidden heddle_switch
    .type   heddle_switch, @function
    .p2align 4
heddle_switch:
    .cfi_startproc
    endbr64
    pushq   %rbp
    .cfi_adjust_cfa_offset 8
    pushq   %rbx
    .cfi_adjust_cfa_offset 8
    pushq   %r12
    .cfi_adjust_cfa_offset 8
    pushq   %r13
    .cfi_adjust_cfa_offset 8
    pushq   %r14
    .cfi_adjust_cfa_offset 8
    pushq   %r15
    .cfi_adjust_cfa_offset 8
    movq    %rsp, (%rdi)        // from->sp: the fiber is now wholly in memory.

    movq    %rsi, %rsp          // From here on we are the other fiber.
    popq    %r15
    .cfi_adjust_cfa_offset -8
    popq    %r14
    .cfi_adjust_cfa_offset -8
    popq    %r13
    .cfi_adjust_cfa_offset -8
    popq    %r12
    .cfi_adjust_cfa_offset -8
    popq    %rbx
    .cfi_adjust_cfa_offset -8
    popq    %rbp
    .cfi_adjust_cfa_offset -8
    popq    %rcx                // Not ret: see switch.h.
    .cfi_adjust_cfa_offset -8
    .cfi_register rip, rcx
    jmpq    *%rcx
    .cfi_endproc
    .size   heddle_switch, . - heddle_switch

    // void heddle_enter()
    //   r13 = entry, r12 = arg, as make_context() laid them out.
    .globl  heddle_enter
    .hidden heddle_enter
    .type   heddle_enter, @function
    .p2align 4
heddle_enter:
    .cfi_startproc
    .cfi_undefined rip          // The stack ends here: unwinders and gdb stop.
    endbr64
    movq    %r12, %rdi
    callq   *%r13
    ud2                         // entry returned.
    .cfi_endproc
    .size   heddle_enter, . - heddle_enter

#endif

    .section .note.GNU-stack, "", @progbits
