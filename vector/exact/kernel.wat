;; The inner loops of the exact index. They know a slab of rows and a query, and nothing of ids or ranks.
;;
;; Memory: the query at 0 (see below), slabs from 64 KiB on. A slab holds 256 rows of D (a multiple of 32) dimensions:
;;   u7 codes      256 x D bytes      round(x / scale) + 64, 1..127; those of row r lie at (r % 4) * 64 + r / 4, so
;;                                    that the four rows of a group are read as four streams, from four pages at once
;;   scales        256 x f32          x is about (code - 64) * scale
;;   errors        256 x f32          at least the length of (row - quantised row)
;;   norms         256 x f32          at least the length of the quantised row
;;   upper bounds  256 x f32          written by scan
;;   rows          256 x D f32        the very rows
;; Query: i8 codes, -63..63, at 0 (at most 4096), f64 values at 4096. From 36864 on, the 256 bytes that reaching writes.
(module
  (memory (export "memory") 2 65536)

  ;; Rises with every change of what lies where, so that no other program takes this one for its own.
  (global (export "layout") i32 (i32.const 3))

  ;; For each row of the first `groups` groups of four, writes a score that the exact one cannot exceed:
  ;;   (codes . query codes - zero) * scale * queryScale + error * queryNorm + norm * queryError
  ;; `zero` is 64 times the sum of the query's codes. Returns the greatest of them.
  (func (export "scan")
    (param $slab i32) (param $groups i32) (param $dimensions i32) (param $zero i32)
    (param $queryScale f32) (param $queryNorm f32) (param $queryError f32) (result f32)
    (local $row0 i32) (local $row1 i32) (local $row2 i32) (local $row3 i32)
    (local $column i32) (local $at i32) (local $codes i32) (local $stride i32)
    (local $query v128) (local $query1 v128) (local $ones v128) (local $zeros v128) (local $greatest v128)
    (local $scales4 v128) (local $norms4 v128) (local $errors4 v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $row0 (local.get $slab))
    (local.set $at (i32.add (local.get $slab) (i32.mul (i32.const 256) (local.get $dimensions))))
    (local.set $stride (i32.mul (i32.const 64) (local.get $dimensions)))
    (local.set $ones (i16x8.splat (i32.const 1)))
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
          (local.set $query1 (v128.load offset=16 (local.get $column)))
          ;; Two sums of two products have room in 16 bits: 4 x 127 x 63 is less than 2^15.
          (local.set $sum0 (i32x4.add (local.get $sum0) (i32x4.dot_i16x8_s (local.get $ones) (i16x8.add
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query)
              (v128.load (local.tee $codes (i32.add (local.get $row0) (local.get $column)))))
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query1) (v128.load offset=16 (local.get $codes)))))))
          (local.set $sum1 (i32x4.add (local.get $sum1) (i32x4.dot_i16x8_s (local.get $ones) (i16x8.add
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query)
              (v128.load (local.tee $codes (i32.add (local.get $row1) (local.get $column)))))
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query1) (v128.load offset=16 (local.get $codes)))))))
          (local.set $sum2 (i32x4.add (local.get $sum2) (i32x4.dot_i16x8_s (local.get $ones) (i16x8.add
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query)
              (v128.load (local.tee $codes (i32.add (local.get $row2) (local.get $column)))))
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query1) (v128.load offset=16 (local.get $codes)))))))
          (local.set $sum3 (i32x4.add (local.get $sum3) (i32x4.dot_i16x8_s (local.get $ones) (i16x8.add
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query)
              (v128.load (local.tee $codes (i32.add (local.get $row3) (local.get $column)))))
            (i16x8.relaxed_dot_i8x16_i7x16_s (local.get $query1) (v128.load offset=16 (local.get $codes)))))))
          (br_if $each_column (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 32))) (local.get $dimensions))))

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

  ;; Writes, as a byte each, the rows of the first `groups` groups of four whose upper bound is at least `threshold`, in
  ;; rising order; returns how many they are.
  (func (export "reaching") (param $bounds i32) (param $groups i32) (param $threshold f32) (result i32)
    (local $out i32) (local $row i32) (local $mask i32) (local $thresholds v128)
    (local.set $thresholds (f32x4.splat (local.get $threshold)))
    (local.set $out (i32.const 36864))
    (block $done
      (br_if $done (i32.eqz (local.get $groups)))
      (loop $each_group
        (local.set $mask (i32x4.bitmask (f32x4.ge (v128.load (local.get $bounds)) (local.get $thresholds))))
        (block $none
          (br_if $none (i32.eqz (local.get $mask)))
          (loop $each_row
            (i32.store8 (local.get $out) (i32.add (local.get $row) (i32.ctz (local.get $mask))))
            (local.set $out (i32.add (local.get $out) (i32.const 1)))
            (br_if $each_row (local.tee $mask
              (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1)))))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $bounds (i32.add (local.get $bounds) (i32.const 16)))
        (br_if $each_group (local.tee $groups (i32.sub (local.get $groups) (i32.const 1))))))
    (i32.sub (local.get $out) (i32.const 36864)))

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

  ;; Hypervectors in an instance and a memory of their own: a vector is `bytes` of real parts, then as many of imaginary
  ;; ones, both f32 and a multiple of 16 bytes. Writes x times y at `target`, or
  ;; with a sign of -1 x times the conjugate of y.
  (func (export "bind_planes")
    (param $target i32) (param $x i32) (param $y i32) (param $bytes i32) (param $sign f32)
    (local $end i32) (local $imX i32) (local $imY i32) (local $imTarget i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $signs v128)
    (local.set $signs (f32x4.splat (local.get $sign)))
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (local.set $imX (local.get $end))
    (local.set $imY (i32.add (local.get $y) (local.get $bytes)))
    (local.set $imTarget (i32.add (local.get $target) (local.get $bytes)))
    (loop $each
      (local.set $a (v128.load (local.get $x)))
      (local.set $b (v128.load (local.get $imX)))
      (local.set $c (v128.load (local.get $y)))
      (local.set $d (f32x4.mul (local.get $signs) (v128.load (local.get $imY))))
      (v128.store (local.get $target)
        (f32x4.sub (f32x4.mul (local.get $a) (local.get $c)) (f32x4.mul (local.get $b) (local.get $d))))
      (v128.store (local.get $imTarget)
        (f32x4.add (f32x4.mul (local.get $a) (local.get $d)) (f32x4.mul (local.get $b) (local.get $c))))
      (local.set $imX (i32.add (local.get $imX) (i32.const 16)))
      (local.set $y (i32.add (local.get $y) (i32.const 16)))
      (local.set $imY (i32.add (local.get $imY) (i32.const 16)))
      (local.set $target (i32.add (local.get $target) (i32.const 16)))
      (local.set $imTarget (i32.add (local.get $imTarget) (i32.const 16)))
      (br_if $each (i32.lt_u
        (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $end)))))

  ;; Writes at `target` the sum of vectors, each times its weight, 64 bytes of all of them at a time: `bytes` (both
  ;; planes, a multiple of 64) each. `list` holds, for each, its address as i32 and its weight as f32.
  (func (export "bundle_planes") (param $target i32) (param $list i32) (param $count i32) (param $bytes i32)
    (local $end i32) (local $offset i32) (local $item i32) (local $at i32) (local $weight v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $end (i32.add (local.get $list) (i32.shl (local.get $count) (i32.const 3))))
    (loop $each_block
      (local.set $sum0 (v128.const i32x4 0 0 0 0))
      (local.set $sum1 (v128.const i32x4 0 0 0 0))
      (local.set $sum2 (v128.const i32x4 0 0 0 0))
      (local.set $sum3 (v128.const i32x4 0 0 0 0))
      (local.set $item (local.get $list))
      (loop $each_vector
        (local.set $at (i32.add (i32.load (local.get $item)) (local.get $offset)))
        (local.set $weight (v128.load32_splat offset=4 (local.get $item)))
        (local.set $sum0 (f32x4.add (local.get $sum0)
          (f32x4.mul (local.get $weight) (v128.load (local.get $at)))))
        (local.set $sum1 (f32x4.add (local.get $sum1)
          (f32x4.mul (local.get $weight) (v128.load offset=16 (local.get $at)))))
        (local.set $sum2 (f32x4.add (local.get $sum2)
          (f32x4.mul (local.get $weight) (v128.load offset=32 (local.get $at)))))
        (local.set $sum3 (f32x4.add (local.get $sum3)
          (f32x4.mul (local.get $weight) (v128.load offset=48 (local.get $at)))))
        (br_if $each_vector (i32.lt_u
          (local.tee $item (i32.add (local.get $item) (i32.const 8))) (local.get $end))))
      (local.set $at (i32.add (local.get $target) (local.get $offset)))
      (v128.store (local.get $at) (local.get $sum0))
      (v128.store offset=16 (local.get $at) (local.get $sum1))
      (v128.store offset=32 (local.get $at) (local.get $sum2))
      (v128.store offset=48 (local.get $at) (local.get $sum3))
      (br_if $each_block (i32.lt_u
        (local.tee $offset (i32.add (local.get $offset) (i32.const 64))) (local.get $bytes)))))

  ;; The cosine of two vectors of `bytes` (both planes) each; 0 when either is all zero.
  (func (export "compare_planes") (param $x i32) (param $y i32) (param $bytes i32) (result f64)
    (local $end i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $dot0 v128) (local $dot1 v128) (local $x0 v128) (local $x1 v128) (local $y0 v128) (local $y1 v128)
    (local $norms f64)
    (local.set $end (i32.add (local.get $x) (local.get $bytes)))
    (loop $each
      (local.set $a (v128.load (local.get $x)))
      (local.set $b (v128.load (local.get $y)))
      (local.set $c (v128.load offset=16 (local.get $x)))
      (local.set $d (v128.load offset=16 (local.get $y)))
      (local.set $dot0 (f32x4.add (local.get $dot0) (f32x4.mul (local.get $a) (local.get $b))))
      (local.set $x0 (f32x4.add (local.get $x0) (f32x4.mul (local.get $a) (local.get $a))))
      (local.set $y0 (f32x4.add (local.get $y0) (f32x4.mul (local.get $b) (local.get $b))))
      (local.set $dot1 (f32x4.add (local.get $dot1) (f32x4.mul (local.get $c) (local.get $d))))
      (local.set $x1 (f32x4.add (local.get $x1) (f32x4.mul (local.get $c) (local.get $c))))
      (local.set $y1 (f32x4.add (local.get $y1) (f32x4.mul (local.get $d) (local.get $d))))
      (local.set $y (i32.add (local.get $y) (i32.const 32)))
      (br_if $each (i32.lt_u
        (local.tee $x (i32.add (local.get $x) (i32.const 32))) (local.get $end))))
    (local.set $norms (f64.mul
      (call $sum_of_lanes (f32x4.add (local.get $x0) (local.get $x1)))
      (call $sum_of_lanes (f32x4.add (local.get $y0) (local.get $y1)))))
    (if (result f64) (f64.eq (local.get $norms) (f64.const 0))
      (then (f64.const 0))
      (else (f64.div
        (call $sum_of_lanes (f32x4.add (local.get $dot0) (local.get $dot1)))
        (f64.sqrt (local.get $norms))))))

  ;; The archive's inverted lists, which have an instance and a memory of their own. Writes, for each of `rows` (a multiple
  ;; of four) rows of `bytes` (f32, a multiple of 16), its inner product with the query, as f32.
  (func (export "dot_rows")
    (param $row0 i32) (param $rows i32) (param $bytes i32) (param $query i32) (param $out i32)
    (local $row1 i32) (local $row2 i32) (local $row3 i32) (local $at i32) (local $end i32) (local $values v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $end (i32.add (local.get $query) (local.get $bytes)))
    (block $done
      (loop $each_group
        (br_if $done (i32.le_s (local.get $rows) (i32.const 0)))
        (local.set $row1 (i32.add (local.get $row0) (local.get $bytes)))
        (local.set $row2 (i32.add (local.get $row1) (local.get $bytes)))
        (local.set $row3 (i32.add (local.get $row2) (local.get $bytes)))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (local.set $at (local.get $query))
        (loop $each
          (local.set $values (v128.load (local.get $at)))
          (local.set $sum0 (f32x4.relaxed_madd
            (local.get $values) (v128.load (local.get $row0)) (local.get $sum0)))
          (local.set $sum1 (f32x4.relaxed_madd
            (local.get $values) (v128.load (local.get $row1)) (local.get $sum1)))
          (local.set $sum2 (f32x4.relaxed_madd
            (local.get $values) (v128.load (local.get $row2)) (local.get $sum2)))
          (local.set $sum3 (f32x4.relaxed_madd
            (local.get $values) (v128.load (local.get $row3)) (local.get $sum3)))
          (local.set $row0 (i32.add (local.get $row0) (i32.const 16)))
          (local.set $row1 (i32.add (local.get $row1) (i32.const 16)))
          (local.set $row2 (i32.add (local.get $row2) (i32.const 16)))
          (local.set $row3 (i32.add (local.get $row3) (i32.const 16)))
          (br_if $each (i32.lt_u
            (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
        (v128.store (local.get $out) (call $four_sums
          (local.get $sum0) (local.get $sum1) (local.get $sum2) (local.get $sum3)))
        (local.set $row0 (local.get $row3))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 4)))
        (br $each_group))))

  ;; Writes, for each of `rows` (a multiple of four) rows of one list, about what its inner product with the query is:
  ;;   along * share + (codes . query codes - zero) * scale * queryScale
  ;; A row is `bytes` (a multiple of 16) of codes, 0..15; byte b of each 16 holds dimension b of its 32 in the lower half
  ;; and dimension b + 16 in the upper. Query: i8 codes of twice as many dimensions. Scales and shares: one f32 a row.
  (func (export "scan_nibbles")
    (param $row0 i32) (param $rows i32) (param $bytes i32) (param $query i32)
    (param $scales i32) (param $shares i32) (param $along f32) (param $zero f32) (param $queryScale f32) (param $out i32)
    (local $row1 i32) (local $row2 i32) (local $row3 i32) (local $column i32) (local $at i32)
    (local $low v128) (local $high v128) (local $codes v128) (local $nibble v128)
    (local $sum0 v128) (local $sum1 v128) (local $sum2 v128) (local $sum3 v128)
    (local.set $nibble (i8x16.splat (i32.const 15)))
    (block $done
      (loop $each_group
        (br_if $done (i32.le_s (local.get $rows) (i32.const 0)))
        (local.set $row1 (i32.add (local.get $row0) (local.get $bytes)))
        (local.set $row2 (i32.add (local.get $row1) (local.get $bytes)))
        (local.set $row3 (i32.add (local.get $row2) (local.get $bytes)))
        (local.set $sum0 (v128.const i32x4 0 0 0 0))
        (local.set $sum1 (v128.const i32x4 0 0 0 0))
        (local.set $sum2 (v128.const i32x4 0 0 0 0))
        (local.set $sum3 (v128.const i32x4 0 0 0 0))
        (local.set $at (local.get $query))
        (local.set $column (i32.const 0))
        (loop $each
          (local.set $low (v128.load (local.get $at)))
          (local.set $high (v128.load offset=16 (local.get $at)))
          (local.set $codes (v128.load (i32.add (local.get $row0) (local.get $column))))
          (local.set $sum0 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $high)
            (i8x16.shr_u (local.get $codes) (i32.const 4))
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $low)
              (v128.and (local.get $codes) (local.get $nibble)) (local.get $sum0))))
          (local.set $codes (v128.load (i32.add (local.get $row1) (local.get $column))))
          (local.set $sum1 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $high)
            (i8x16.shr_u (local.get $codes) (i32.const 4))
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $low)
              (v128.and (local.get $codes) (local.get $nibble)) (local.get $sum1))))
          (local.set $codes (v128.load (i32.add (local.get $row2) (local.get $column))))
          (local.set $sum2 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $high)
            (i8x16.shr_u (local.get $codes) (i32.const 4))
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $low)
              (v128.and (local.get $codes) (local.get $nibble)) (local.get $sum2))))
          (local.set $codes (v128.load (i32.add (local.get $row3) (local.get $column))))
          (local.set $sum3 (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $high)
            (i8x16.shr_u (local.get $codes) (i32.const 4))
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get $low)
              (v128.and (local.get $codes) (local.get $nibble)) (local.get $sum3))))
          (local.set $at (i32.add (local.get $at) (i32.const 32)))
          (br_if $each (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 16))) (local.get $bytes))))
        (v128.store (local.get $out)
          (f32x4.add (f32x4.mul (v128.load (local.get $shares)) (f32x4.splat (local.get $along)))
            (f32x4.mul
              (f32x4.mul (v128.load (local.get $scales)) (f32x4.splat (local.get $queryScale)))
              (f32x4.sub
                (call $four_sums
                  (f32x4.convert_i32x4_s (local.get $sum0)) (f32x4.convert_i32x4_s (local.get $sum1))
                  (f32x4.convert_i32x4_s (local.get $sum2)) (f32x4.convert_i32x4_s (local.get $sum3)))
                (f32x4.splat (local.get $zero))))))
        (local.set $row0 (i32.add (local.get $row3) (local.get $bytes)))
        (local.set $scales (i32.add (local.get $scales) (i32.const 16)))
        (local.set $shares (i32.add (local.get $shares) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 4)))
        (br $each_group))))

  ;; The four sums of the lanes of four vectors of f32.
  (func $four_sums (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result v128)
    (local.set $a (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b))))
    (local.set $c (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d))))
    (f32x4.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $c))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $c))))

  (func $sum_of_lanes (param $lanes v128) (result f64)
    (f64.add
      (f64.add
        (f64.promote_f32 (f32x4.extract_lane 0 (local.get $lanes)))
        (f64.promote_f32 (f32x4.extract_lane 1 (local.get $lanes))))
      (f64.add
        (f64.promote_f32 (f32x4.extract_lane 2 (local.get $lanes)))
        (f64.promote_f32 (f32x4.extract_lane 3 (local.get $lanes))))))

  ;; Adds eight i16 to the eight i32 at the address.
  (func $add (param $at i32) (param $sum v128)
    (v128.store (local.get $at)
      (i32x4.add (v128.load (local.get $at)) (i32x4.extend_low_i16x8_s (local.get $sum))))
    (v128.store offset=16 (local.get $at)
      (i32x4.add (v128.load offset=16 (local.get $at)) (i32x4.extend_high_i16x8_s (local.get $sum))))))
