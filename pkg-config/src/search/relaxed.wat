;; Owns the known-answer test for the byte products of relaxed SIMD, as src/kernel/blocks/simd/relaxed.rs uses them: exact, with the
;; second factor read without a sign or with one. relaxed.ts holds its bytes; tests/packaging/simd.test.mjs assembles this text.
(module
  (func $products (param $codes v128) (result v128)
    (i32x4.relaxed_dot_i8x16_i7x16_add_s
      (v128.const i8x16 127 127 127 127 -128 -128 -128 -128 127 -128 127 -128 -128 -128 3 1)
      (local.get $codes)
      (v128.const i32x4 1 1 1 1)))
  (func (export "t") (result i32)
    (i32.or
      (i32x4.all_true (i32x4.eq
        (call $products (v128.const i8x16 255 255 255 255 255 255 255 255 255 0 0 255 0 0 133 121))
        (v128.const i32x4 129541 -130559 -254 521)))
      (i32x4.all_true (i32x4.eq
        (call $products (v128.const i8x16 127 127 127 127 127 127 127 127 127 -128 -128 127 -128 -128 5 -7))
        (v128.const i32x4 64517 -65023 2 32777))))))
