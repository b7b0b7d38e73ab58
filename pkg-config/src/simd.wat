;; Owns the known-answer test for wasm SIMD, made of the instructions that src/kernel/simd128.rs uses. simd.ts holds its
;; bytes; tests/packaging/simd.test.mjs assembles this text, compares, and computes the answer without SIMD.
(module
  (memory 1)
  ;; 0: eight 16-bit integers; 16: eight 8-bit integers; 25: eight halves, off any alignment.
  (data (i32.const 0) "\07\00\f9\ff\34\12\cc\ed\01\80\ff\7f\2a\00\d6\ff")
  (data (i32.const 16) "\01\ff\7f\80\55\aa\13\ed")
  (data (i32.const 25) "\00\3c\66\2e\cd\b4\ff\7b\01\00\00\80\48\42\71\c1")
  (func $widen (param $halves v128) (result v128)
    (v128.or
      (f32x4.mul
        (i32x4.shl (v128.and (local.get $halves) (i32x4.splat (i32.const 0x7FFF))) (i32.const 13))
        (v128.const i32x4 0x77800000 0x77800000 0x77800000 0x77800000))
      (i32x4.shl (v128.and (local.get $halves) (i32x4.splat (i32.const 0x8000))) (i32.const 16))))
  (func (export "t") (param $zero i32) (result i32)
    (local $dot v128) (local $halves v128) (local $sum v128)
    (local.set $dot (i32x4.dot_i16x8_s (v128.load (local.get $zero)) (v128.load8x8_s offset=16 (local.get $zero))))
    (local.set $dot (i32x4.add (local.get $dot) (i32x4.splat (i32.const 97))))
    (local.set $halves (v128.load offset=25 align=1 (local.get $zero)))
    (local.set $sum (f32x4.add
      (f32x4.mul (call $widen (i32x4.extend_low_i16x8_u (local.get $halves))) (f32x4.splat (f32.const 0.1)))
      (call $widen (i32x4.extend_high_i16x8_u (local.get $halves)))))
    ;; Every lane takes part, each in its own way.
    (i32.xor
      (i32.add
        (i32.mul (i32x4.extract_lane 0 (local.get $dot)) (i32.const 3))
        (i32.sub (i32x4.extract_lane 1 (local.get $dot)) (i32.mul (i32x4.extract_lane 2 (local.get $dot)) (i32.const 5))))
      (i32.add
        (i32.add
          (i32.mul (i32x4.extract_lane 3 (local.get $dot)) (i32.const 7))
          (i32.mul (i32.reinterpret_f32 (f32x4.extract_lane 0 (local.get $sum))) (i32.const 11)))
        (i32.add
          (i32.mul (i32.reinterpret_f32 (f32x4.extract_lane 1 (local.get $sum))) (i32.const 13))
          (i32.xor
            (i32.reinterpret_f32 (f32x4.extract_lane 2 (local.get $sum)))
            (i32.rotl (i32.reinterpret_f32 (f32x4.extract_lane 3 (local.get $sum))) (i32.const 9))))))))
