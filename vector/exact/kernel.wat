;; The inner loops of the exact index. They know a slab of rows and a query, and nothing of ids or ranks.
;;
;; Memory: the query at 0 (see below), slabs from 64 KiB on. A slab holds 256 rows of D (a multiple of 16) dimensions:
;;   u7 codes      256 x D bytes      round(x / scale) + 64, 1..127; those of row r lie at (r % 4) * 64 + r / 4, so
;;                                    that the four rows of a group are read as four streams, from four pages at once
;;   scales        256 x f32          x is about (code - 64) * scale
;;   errors        256 x f32          at least the length of (row - quantised row)
;;   norms         256 x f32          at least the length of the quantised row
;;   upper bounds  256 x f32          written by scan
;;   rows          256 x D f32        the very rows
;; Query: i8 codes at 0 (at most 4096), f64 values at 4096.
(module
  (memory (export "memory") 2 65536)

  ;; Rises with every change of what lies where, so that no other program takes this one for its own.
  (global (export "layout") i32 (i32.const 2))

  ;; For each row of the first `groups` groups of four, writes a score that the exact one cannot exceed:
  ;;   (codes . query codes - zero) * scale * queryScale + error * queryNorm + norm * queryError
  ;; `zero` is 64 times the sum of the query's codes. Returns the greatest of them.
  (func (export "scan")
    (param $slab i32) (param $groups i32) (param $dimensions i32) (param $zero i32)
    (param $queryScale f32) (param $queryNorm f32) (param $queryError f32) (result f32)
    (local $row0 i32) (local $row1 i32) (local $row2 i32) (local $row3 i32)
    (local $column i32) (local $at i32) (local $stride i32)
    (local $query v128) (local $zeros v128) (local $greatest v128)
    (local $scales4 v128) (local $norms4 v128) (local $errors4 v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $row0 (local.get $slab))
    (local.set $at (i32.add (local.get $slab) (i32.mul (i32.const 256) (local.get $dimensions))))
    (local.set $stride (i32.mul (i32.const 64) (local.get $dimensions)))
    (local.set $zeros (i32x4.splat (local.get $zero)))
    (local.set $scales4 (f32x4.splat (local.get $queryScale)))
    (local.set $norms4 (f32x4.splat (local.get $queryNorm)))
    (local.set $errors4 (f32x4.splat (local.get $queryError)))
    (local.set $greatest (f32x4.splat (f32.const -inf)))
    (block $done
      (br_if $done (i32.eqz (local.get $groups)))
      (loop $each_group
        (local.set $row1 (i32.add (local.get $row0) (local.get $stride)))
        (local.set $row2 (i32.add (local.get $row1) (local.get $stride)))
        (local.set $row3 (i32.add (local.get $row2) (local.get $stride)))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (local.set $column (i32.const 0))
        (loop $each_column
          (local.set $query (v128.load (local.get $column)))
          (local.set $sum0 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $query)
            (v128.load (i32.add (local.get $row0) (local.get $column))) (local.get $sum0)))
          (local.set $sum1 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $query)
            (v128.load (i32.add (local.get $row1) (local.get $column))) (local.get $sum1)))
          (local.set $sum2 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $query)
            (v128.load (i32.add (local.get $row2) (local.get $column))) (local.get $sum2)))
          (local.set $sum3 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $query)
            (v128.load (i32.add (local.get $row3) (local.get $column))) (local.get $sum3)))
          (br_if $each_column (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 16))) (local.get $dimensions))))

        ;; Four sums of four lanes become one vector of four sums.
        (local.set $sum0 (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $sum0) (local.get $sum1))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $sum0) (local.get $sum1))))
        (local.set $sum2 (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $sum2) (local.get $sum3))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $sum2) (local.get $sum3))))
        (local.set $sum0 (i32x4.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $sum0) (local.get $sum2))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $sum0) (local.get $sum2))))

        (local.set $sum0 (f32x4.mul
          (f32x4.mul
            (f32x4.convert_i32x4_s (i32x4.sub (local.get $sum0) (local.get $zeros)))
            (v128.load (local.get $at)))
          (local.get $scales4)))
        (local.set $sum0 (f32x4.add (local.get $sum0) (f32x4.add
          (f32x4.mul (v128.load offset=1024 (local.get $at)) (local.get $norms4))
          (f32x4.mul (v128.load offset=2048 (local.get $at)) (local.get $errors4)))))
        (v128.store offset=3072 (local.get $at) (local.get $sum0))
        (local.set $greatest (f32x4.max (local.get $greatest) (local.get $sum0)))

        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (local.set $row0 (i32.add (local.get $row0) (local.get $dimensions)))
        (br_if $each_group (local.tee $groups (i32.sub (local.get $groups) (i32.const 1))))))
    (f32.max
      (f32.max (f32x4.extract_lane 0 (local.get $greatest)) (f32x4.extract_lane 1 (local.get $greatest)))
      (f32.max (f32x4.extract_lane 2 (local.get $greatest)) (f32x4.extract_lane 3 (local.get $greatest)))))

  ;; The exact inner product of one row with the query, in f64: lane sums 0+2, 1+3, then their sum.
  (func (export "exact") (param $row i32) (param $dimensions i32) (result f64)
    (local $query i32) (local $end i32) (local $values v128) (local $low v128) (local $high v128)
    (local.set $query (i32.const 4096))
    (local.set $end (i32.add (local.get $row) (i32.shl (local.get $dimensions) (i32.const 2))))
    (loop $each
      (local.set $values (v128.load (local.get $row)))
      (local.set $low (f64x2.add (local.get $low) (f64x2.mul
        (f64x2.promote_low_f32x4 (local.get $values))
        (v128.load (local.get $query)))))
      (local.set $high (f64x2.add (local.get $high) (f64x2.mul
        (f64x2.promote_low_f32x4
          (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $values) (local.get $values)))
        (v128.load offset=16 (local.get $query)))))
      (local.set $query (i32.add (local.get $query) (i32.const 32)))
      (br_if $each (i32.lt_u
        (local.tee $row (i32.add (local.get $row) (i32.const 16))) (local.get $end))))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))

  ;; Cleanup over a codebook of hypervectors, which has an instance and a memory of its own: sums of one table lookup a
  ;; dimension, 32 entries at a time. Codes: blocks of 32 entries, `stride` bytes each, 16 of them a dimension (their
  ;; number is even); byte b holds the phase of entry b in its lower and of entry b + 16 in its upper half, in steps of a
  ;; sixteenth of a turn. Tables: 16 x i8 a dimension, -63..63: what each step adds. Sums: one i32 an entry, added to.
  ;; At most 512 dimensions at a time: 512 x 63 fits an i16.
  (func (export "scan_phases")
    (param $codes i32) (param $blocks i32) (param $stride i32) (param $tables i32) (param $dimensions i32)
    (param $sums i32)
    (local $code i32) (local $table i32) (local $end i32)
    (local $one v128) (local $two v128) (local $tableOne v128) (local $tableTwo v128)
    (local $low v128) (local $high v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $end (i32.add (local.get $tables) (i32.shl (local.get $dimensions) (i32.const 4))))
    (block $done
      (loop $each_block
        (br_if $done (i32.eqz (local.get $blocks)))
        (local.set $code (local.get $codes))
        (local.set $table (local.get $tables))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (loop $each_pair
          (local.set $one (v128.load (local.get $code)))
          (local.set $two (v128.load offset=16 (local.get $code)))
          (local.set $tableOne (v128.load (local.get $table)))
          (local.set $tableTwo (v128.load offset=16 (local.get $table)))
          (local.set $low (i8x16.add
            (i8x16.relaxed_swizzle (local.get $tableOne)
              (v128.and (local.get $one) (i8x16.splat (i32.const 15))))
            (i8x16.relaxed_swizzle (local.get $tableTwo)
              (v128.and (local.get $two) (i8x16.splat (i32.const 15))))))
          (local.set $high (i8x16.add
            (i8x16.relaxed_swizzle (local.get $tableOne) (i8x16.shr_u (local.get $one) (i32.const 4)))
            (i8x16.relaxed_swizzle (local.get $tableTwo) (i8x16.shr_u (local.get $two) (i32.const 4)))))
          (local.set $sum0 (i16x8.add (local.get $sum0) (i16x8.extend_low_i8x16_s (local.get $low))))
          (local.set $sum1 (i16x8.add (local.get $sum1) (i16x8.extend_high_i8x16_s (local.get $low))))
          (local.set $sum2 (i16x8.add (local.get $sum2) (i16x8.extend_low_i8x16_s (local.get $high))))
          (local.set $sum3 (i16x8.add (local.get $sum3) (i16x8.extend_high_i8x16_s (local.get $high))))
          (local.set $code (i32.add (local.get $code) (i32.const 32)))
          (br_if $each_pair (i32.lt_u
            (local.tee $table (i32.add (local.get $table) (i32.const 32))) (local.get $end))))
        (call $add (local.get $sums) (local.get $sum0))
        (call $add (i32.add (local.get $sums) (i32.const 32)) (local.get $sum1))
        (call $add (i32.add (local.get $sums) (i32.const 64)) (local.get $sum2))
        (call $add (i32.add (local.get $sums) (i32.const 96)) (local.get $sum3))
        (local.set $sums (i32.add (local.get $sums) (i32.const 128)))
        (local.set $codes (i32.add (local.get $codes) (local.get $stride)))
        (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
        (br $each_block))))

  ;; Adds eight i16 to the eight i32 at the address.
  (func $add (param $at i32) (param $sum v128)
    (v128.store (local.get $at)
      (i32x4.add (v128.load (local.get $at)) (i32x4.extend_low_i16x8_s (local.get $sum))))
    (v128.store offset=16 (local.get $at)
      (i32x4.add (v128.load offset=16 (local.get $at)) (i32x4.extend_high_i16x8_s (local.get $sum))))))
