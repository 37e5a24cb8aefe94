// The kernels for one instruction set: included several times by kernels.cpp, inside a namespace that defines
//   row, the same limb of all lanes, and width, their number; load_row, store, row_of, multiply_add, subtract_product, add; order, load_order, ordered: which lane goes
//   where; registers, their number; hold, fresh: what stays in them.

// Column sums are below 2^53 as long as no more than this many products enter each.
constexpr int products_held = 511;

/// columns[c] += sum[c] (+ other[c] from column Doubled on), which are 0 then, but for carries of about 30 bits, which go to the column before.
template <int Count, int Doubled>
EONFLOW_TARGET inline void flush(row* sum, row* other, double* columns) {
    const row scale = row_of(1 / base), minus_base = row_of(-base), magic = row_of(to_integer), minus_magic = row_of(-to_integer);
    row rest = row_of(0);
EONFLOW_UNROLL(32)
    for (int c = 0; c < Count; ++c) {
        if (c >= Doubled) sum[c] = add(sum[c], other[c]), other[c] = row_of(0);
        const row up = add(multiply_add(sum[c], scale, magic), minus_magic);
        store(columns + (c - 1) * width, add(load_row(columns + (c - 1) * width), add(rest, up)));
        rest = multiply_add(up, minus_base, sum[c]);
        sum[c] = row_of(0);
    }
    store(columns + (Count - 1) * width, add(load_row(columns + (Count - 1) * width), rest));
}

/// The limbs p < P of one factor and q < Q of the other, as far as p + q <= Rest, beginning at limb p0 and q0 of what the runs say; all sums in registers.
template <int P, int Q, int Rest>
EONFLOW_TARGET void block(std::span<const run> runs, int first, int p0, int q0, double* columns) {
    constexpr int last = P + Q - 2 < Rest ? P + Q - 2 : Rest;
    constexpr int most = std::min({P, Q, Rest + 1}), steps_held = products_held / most;
    // An addition waits for the one before it: the last columns, to which most is added, have two sums as far as there are registers.
    constexpr int spare = registers - 3 - (last + 1), doubled = spare < last ? last + 1 - spare : 1;
    row sum[last + 1], other[last + 1];
EONFLOW_UNROLL(32)
    for (int c = 0; c <= last; ++c) sum[c] = other[c] = row_of(0);
    int held = 0;
    for (const run& r : runs) {
        const double *a = r.a + p0 * width, *b = r.b + (first + q0) * width;
        for (int t = 0; t < r.count; ++t, a += r.a_step, b -= r.b_step) {
            const std::ptrdiff_t lead = (r.leads[t] < first ? r.leads[t] : first) * width;
            const double *x = a + lead, *y = b - lead;
EONFLOW_UNROLL(16)
            for (int q = 0; q < Q; q += 2) {
                if (q > Rest) break;
                // Few registers: limbs are loaded again for each pair of rows rather than kept, but not for each row.
                if constexpr (registers <= 16) fresh();
                const bool two = q + 1 < Q && q + 1 <= Rest;
                const row y0 = load_row(y + q * width), y1 = two ? load_row(y + (q + 1) * width) : y0;
EONFLOW_UNROLL(32)
                for (int p = 0; p < P; ++p) {
                    if (p + q > Rest) break;
                    row limb = load_row(x + p * width);
                    if (two) hold(limb);
                    sum[p + q] = multiply_add(limb, y0, sum[p + q]);
                    if (!two || p + q + 1 > Rest) continue;
                    row& second = p + q + 1 >= doubled ? other[p + q + 1] : sum[p + q + 1];
                    second = multiply_add(limb, y1, second);
                }
            }
            if (++held == steps_held) flush<last + 1, doubled>(sum, other, columns), held = 0;
        }
    }
    if (held > 0) flush<last + 1, doubled>(sum, other, columns);
}

/// Blocks of at most P x Q limbs that end at the diagonal, by how far it is.
template <int P, int Q, int... Rest>
constexpr auto blocks_of(std::integer_sequence<int, Rest...>) {
    using function = void (*)(std::span<const run>, int, int, int, double*);
    return std::array<function, sizeof...(Rest)>{block<P, Q, Rest>...};
}

/// Triangles whose columns fit the registers are done at once; of larger ones strips of p_side limbs of the first factor: blocks of p_side x q_side as long as
/// the diagonal is far, and then what is left before it.
EONFLOW_TARGET void convolve(std::span<const task> tasks) {
    // What the registers hold: columns, two limbs of one factor, one of the other.
    constexpr int whole = registers - 4 < 20 ? registers - 4 : 20, p_side = registers > 16 ? 12 : 10, q_side = registers > 16 ? 4 : 2, full = p_side + q_side - 2;
    static constexpr auto triangles = blocks_of<whole + 1, whole + 1>(std::make_integer_sequence<int, whole + 1>());
    static constexpr auto ends = blocks_of<p_side, whole + 1>(std::make_integer_sequence<int, whole + 1>());
    static_assert(whole >= full);
    int deepest = 0;
    for (const task& t : tasks) {
        if (t.depth <= whole)
            triangles[static_cast<std::size_t>(t.depth)](t.runs, t.first, 0, 0, t.columns);
        else
            deepest = t.depth > deepest ? t.depth : deepest;
    }
    if (deepest == 0) return;
    for (int p = 0; p <= deepest; p += p_side)
        for (int q = 0; p + q <= deepest; q += q_side)
            for (const task& t : tasks) {
                const int rest = t.depth - p - q;
                if (t.depth <= whole || rest < 0) continue;
                if (rest > whole)
                    block<p_side, q_side, full>(t.runs, t.first, p, q, t.columns + (p + q) * width);
                else if (q == 0 || rest + q_side > whole)
                    ends[static_cast<std::size_t>(rest)](t.runs, t.first, p, q, t.columns + (p + q) * width);
            }
}

EONFLOW_TARGET void carry(double* limbs, int count) {
    // A quarter more never makes a tie, and rounds what would be one up.
    const row scale = row_of(1 / base), minus_base = row_of(-base), magic = row_of(to_integer), minus_magic = row_of(-to_integer);
    const row quarter = row_of(0.25), minus_quarter = row_of(-0.25);
    row up = row_of(0);
    for (int p = count - 1; p > 0; --p) {
        const row value = add(add(load_row(limbs + p * width), quarter), up);
        up = add(multiply_add(value, scale, magic), minus_magic);
        store(limbs + p * width, add(multiply_add(up, minus_base, value), minus_quarter));
    }
    if (count > 0) store(limbs, add(load_row(limbs), up));
}

EONFLOW_TARGET void add_multiples(std::span<const multiple> terms, int last, double* limbs) {
    for (const multiple& t : terms) {
        const row by = load_row(t.factors);
        const int end = t.count < last + t.shift + 1 ? t.count : last + t.shift + 1;
        double* to = limbs + (t.lead - t.shift) * width;
        for (int p = t.lead; p < end; ++p, to += width) store(to, multiply_add(row_of(t.limbs[p * width]), by, load_row(to)));
    }
}

EONFLOW_TARGET void place(const double* rows, int count, const placement& how, double* to) {
    const row sign = load_row(how.sign.data()), keep = load_row(how.keep.data()), none = row_of(0);
    const order from = load_order(how.from.data());
    if (!how.keeps)
        for (int p = 0; p < count; ++p) store(to + p * width, multiply_add(ordered(load_row(rows + p * width), from), sign, none));
    else
        for (int p = 0; p < count; ++p)
            store(to + p * width, multiply_add(ordered(load_row(rows + p * width), from), sign, multiply_add(load_row(to + p * width), keep, none)));
}
