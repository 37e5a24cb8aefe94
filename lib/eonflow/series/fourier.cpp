#include <eonflow/series/fourier.hpp>

#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eonflow::series {

using kernels::lanes;
using kernels::limb_bits;

namespace {

constexpr int none = 1 << 24;   ///< the lead of 0
constexpr int recent = 64;      ///< orders that tell how small later ones are
constexpr int slack = 2;        ///< limbs by which later orders may be larger than that, or sums wider than the first ones

/// e^(2 pi i numerator/denominator), both parts rounded to nearest.
std::pair<double, double> unit_root(std::int64_t numerator, std::int64_t denominator) {
    mpfr_t angle, part;
    mpfr_init2(angle, 192), mpfr_init2(part, 53);
    mpfr_const_pi(angle, MPFR_RNDN);
    mpfr_mul_si(angle, angle, static_cast<long>(2 * (numerator % denominator)), MPFR_RNDN);
    mpfr_div_si(angle, angle, static_cast<long>(denominator), MPFR_RNDN);
    mpfr_cos(part, angle, MPFR_RNDN);
    const double re = mpfr_get_d(part, MPFR_RNDN);
    mpfr_sin(part, angle, MPFR_RNDN);
    const double im = mpfr_get_d(part, MPFR_RNDN);
    mpfr_clear(angle), mpfr_clear(part);
    return {re, im};
}

/// The least m = odd 2^p, p >= 3, of at least `wanted`.
int length_for(int wanted) {
    int best = std::numeric_limits<int>::max();
    for (const int odd : {1, 3, 5, 7, 9, 15}) {
        int length = lanes * odd;
        while (length < wanted) length *= 2;
        best = std::min(best, length);
    }
    return best;
}

/// In units of 2^-53, a bound of the error of a sum of products that is made of so many pieces, relative to the sum of the products of the Euclidean norms
/// (docs/numerics/taylor.md): r are the transforms of digits, o those of orders.
double error_factor(const kernels::roots& r, const kernels::roots& o, double pieces) {
    double there = 0, back = 4;
    for (const kernels::roots* passes : {&r, &o})
        for (const int radix : passes->radices) {
            const double pass = 1.42 * (2 * radix - 1) + 0.71;
            there += pass * std::sqrt(radix);
            back += pass + 2 * 1.42;
        }
    return 1.42 * 1.01 * (2 * there + back + 1.42 * (kernels::products_at_once + 2 + pieces));
}

/// Where a digit stands among m complex numbers: 2m reals, the later half as imaginary parts, with a sign for each time it went round.
struct place_of_digit {
    place_of_digit(int digit, int m) : length(m), place(digit % (2 * m)), negative(digit / (2 * m) % 2 != 0) {}
    [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(place < length ? 2 * place : 2 * (place - length) + 1); }
    void back() {
        if (--place < 0) place = 2 * length - 1, negative = !negative;
    }
    int length, place;
    bool negative;
};

}  // namespace

const kernels::roots& fourier::roots_of(int length) {
    kernels::roots& r = known_roots_[length];
    if (r.length == length) return r;
    r.length = length;
    int rest = length;
    for (const int radix : {7, 5, 3, 2})
        for (; rest % radix == 0; rest /= radix) r.radices.push_back(radix);
    // The angles of the moduli z^size - e^(2 pi i angle), as numerators over a denominator that grows with each pass.
    std::vector<std::int64_t> angles{1};
    std::int64_t denominator = 4;
    for (const int radix : r.radices) {
        std::vector<std::int64_t> parts;
        for (const std::int64_t angle : angles)
            for (int k = 0; k < radix; ++k) {
                parts.push_back(angle + k * denominator);
                for (int l = 0; l < radix; ++l) {
                    const auto [re, im] = unit_root(l * parts.back(), denominator * radix);
                    r.values.push_back(re), r.values.push_back(im);
                }
            }
        denominator *= radix;
        angles = std::move(parts);
    }
    return r;
}

void fourier::start(std::vector<series> factors, std::vector<sum> sums, int order, int block) {
    order_ = order, block_ = block;
    levels_ = {level{near, &roots_of(2 * near)}, level{far, &roots_of(2 * far)}};
    known_ = planned_ = phase_end_ = window_ = span_ = 0;
    channels_.resize(factors.size());
    const auto orders = static_cast<std::size_t>(order + 1 + block);
    for (std::size_t i = 0; i < factors.size(); ++i) {
        channel& c = channels_[i];
        c.what = factors[i];
        c.left = c.right = false;
        for (std::vector<int>* v : {&c.lead, &c.from, &c.to, &c.cut}) v->assign(orders, 0);
    }
    totals_.resize(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        totals_[i].what = std::move(sums[i]);
        totals_[i].digits.assign(static_cast<std::size_t>(block), {});
        for (const auto& [left, right] : totals_[i].what.pairs) channels_[left].left = channels_[right].right = true;
    }
}

int fourier::last_output() const { return std::min(order_ + 1, known_ == window_ ? window_ + span_ : known_ + block_); }

/// What enters order k now: all pairs of known orders, where its window begins here; or else those not all of which were known then.
std::vector<std::pair<int, int>> fourier::entering(int k) const {
    if (known_ == window_) return {{first_partner(k, known_), known_}};
    return {{first_partner(k, known_), first_partner(k, window_)}, {window_, known_}};
}

/// ... and what of it is added one by one: of whole blocks only the first, some of whose partners are not known.
std::vector<std::pair<int, int>> fourier::ranges(int k) const {
    if (in_blocks()) return {{first_partner(k, known_), near}};
    return entering(k);
}

void fourier::advance(int known) {
    known_ = known;
    bool good = known < phase_end_ && take(known - block_, known);
    if (good) {
        if (known < near || known >= window_ + span_) open();
        good = fits();
    }
    if (!good) plan();
    if (known_ == window_)
        for (total& t : totals_) t.spectra.assign(static_cast<std::size_t>(2 * span_ * roots_->length / lanes), {});
    add_products();
    if (in_blocks()) sum_blocks();
    for (total& t : totals_) transform_back(t);
}

void fourier::open() {
    window_ = known_;
    span_ = known_ < near ? block_ : near - known_ % near;
    for (total& t : totals_) {
        t.first.assign(static_cast<std::size_t>(span_), none);
        t.last.assign(static_cast<std::size_t>(span_), -none);
    }
}

/// Adds the products to come to the extents of the sums. False if a sum gets wider than its transform, or a product misses digits that were dropped.
bool fourier::fits() {
    bool good = true;
    for (total& t : totals_)
        for (int k = known_; k < last_output(); ++k) {
            int first = none, last = -none, met = none;
            for (const auto& [left, right] : t.what.pairs) {
                const channel &a = channels_[left], &b = channels_[right];
                for (const auto& [from, to] : entering(k))
                    for (int j = from; j < to; ++j) {
                        const auto x = static_cast<std::size_t>(j), y = static_cast<std::size_t>(k - j);
                        first = std::min(first, a.from[x] + b.from[y]);
                        last = std::max(last, a.to[x] + b.to[y]);
                        met = std::min(met, std::min(a.cut[x] + b.lead[y], a.lead[x] + b.cut[y]));
                    }
            }
            const auto n = static_cast<std::size_t>(k - window_);
            t.first[n] = std::min(t.first[n], first);
            t.last[n] = std::max(t.last[n], last);
            good = good && met > t.what.lowest + 1 && (roots_ == nullptr || t.last[n] < 0 || last_digit(t.last[n]) - first_digit(t.first[n]) < 2 * roots_->length);
        }
    return good;
}

void fourier::look(channel& c, int j) const {
    int p = 0;
    while (p < c.what.limbs && c.limb(p, j) == 0) ++p;
    c.lead[static_cast<std::size_t>(j)] = p < c.what.limbs ? p : none;
}

void fourier::cut(channel& c, int j) const {
    const auto at = static_cast<std::size_t>(j);
    const int to = std::min(c.what.limbs, c.limit[static_cast<std::size_t>(std::max(0, planned_ - j))]);
    c.cut[at] = to < c.what.limbs && c.lead[at] < none ? to : none;
    const bool enters = c.lead[at] < to;
    c.from[at] = enters ? c.lead[at] : none;
    c.to[at] = enters ? to : -none;
}

/// Cuts for all orders from here on, digits and transforms that hold the sums, and everything transformed anew.
void fourier::plan() {
    planned_ = known_;
    phase_end_ = (known_ + std::max(far, (order_ - known_) / 4)) / far * far;
    for (level& l : levels_) l.done = 0;
    old_from_ = 0;
    const auto count = static_cast<std::size_t>(known_);
    for (channel& c : channels_) {
        for (int j = std::max(0, known_ - block_); j < known_; ++j) look(c, j);
        c.floor.assign(count + 1, none);
        for (std::size_t i = count; i-- > 0;) c.floor[i] = std::min(c.floor[i + 1], c.lead[i]);
        // Later orders are taken to be about as small as the most recent ones.
        for (std::size_t i = 0; i <= count; ++i) c.floor[i] = std::min(c.what.limbs, c.floor[std::min(i, count - std::min<std::size_t>(count, recent))]) - slack;
        c.limit.assign(count + 1, 0);
    }
    for (const total& t : totals_)
        for (const auto& [left, right] : t.what.pairs)
            for (std::size_t i = 0; i <= count; ++i) {
                channel &a = channels_[left], &b = channels_[right];
                a.limit[i] = std::max(a.limit[i], t.what.lowest + 2 - b.floor[i]);
                b.limit[i] = std::max(b.limit[i], t.what.lowest + 2 - a.floor[i]);
            }
    widest_ = 0;
    for (channel& c : channels_)
        for (int j = 0; j < known_; ++j) {
            cut(c, j);
            if (c.to[static_cast<std::size_t>(j)] > 0) widest_ = std::max(widest_, c.to[static_cast<std::size_t>(j)] - c.from[static_cast<std::size_t>(j)]);
        }
    widest_ += slack;
    open();
    roots_ = nullptr;
    (void)fits();
    int support = 0;
    for (const total& t : totals_)
        for (std::size_t n = 0; n < t.last.size(); ++n) support = std::max(support, t.last[n] - t.first[n]);
    choose_digits(support + 2 * slack);
    orders_ = phase_end_ + lanes;
    for (channel& c : channels_) {
        c.spectra.assign(static_cast<std::size_t>(2 * orders_ * roots_->length / lanes), {});
        for (int j = 0; j < known_; j += lanes) transform(c, j);
    }
}

/// The longest digits for which sums are exact, and transforms for sums of so many limbs.
void fourier::choose_digits(int support) {
    std::size_t pairs = 1;
    for (const total& t : totals_) pairs = std::max(pairs, t.what.pairs.size());
    // Ranges leave a broken piece each: two in every block of a window, at most; and each block of orders is a piece.
    const double terms = static_cast<double>(pairs) * phase_end_;
    const double pieces = terms / kernels::products_at_once + static_cast<double>(pairs) * (2 * near / block_ + 2 * far / near + 4) + terms / far;
    for (bits_ = 20;; --bits_) {
        roots_ = &roots_of(length_for(((support * limb_bits) / bits_ + 5) / 2));
        const double width = widest_ * limb_bits / bits_ + 2;
        if (terms * std::ldexp(width, 2 * (bits_ - 1) - 53) * error_factor(*roots_, *levels_[long_blocks].roots, pieces) <= 0.45) break;
    }
    buffer_.resize(static_cast<std::size_t>(2 * roots_->length));
}

bool fourier::take(int from, int to) {
    bool good = true;
    for (channel& c : channels_) {
        for (int j = from; j < to; ++j) {
            look(c, j), cut(c, j);
            good = good && c.to[static_cast<std::size_t>(j)] - c.from[static_cast<std::size_t>(j)] <= widest_;
        }
        if (good)
            for (int j = from; j < to; j += lanes) transform(c, j);
    }
    return good;
}

/// The orders j .. j + 7 of a channel as balanced digits: number d of a number stands at d modulo 2m, with a sign for each time it went round.
void fourier::transform(channel& c, int j) {
    std::fill(buffer_.begin(), buffer_.end(), eight{});
    const int length = roots_->length;
    for (int lane = 0; lane < lanes; ++lane) {
        const auto order = static_cast<std::size_t>(j + lane);
        if (c.to[order] < 0) continue;
        const int place = (c.to[order] * limb_bits + bits_ - 1) / bits_;  // one past the last digit
        int held = place * bits_ - c.to[order] * limb_bits;
        int limb = c.to[order];
        std::int64_t rest = 0;
        place_of_digit at(place - 1, length);
        while (limb > c.from[order] || rest != 0) {
            for (; held < bits_ && limb > c.from[order]; held += limb_bits)
                rest += static_cast<std::int64_t>(c.limb(--limb, j + lane)) << held;
            const std::int64_t up = limb == c.from[order] && held <= bits_ ? 0 : (rest + (std::int64_t{1} << (bits_ - 1))) >> bits_;
            const auto digit = static_cast<double>(rest - (up << bits_));
            rest = up, held -= bits_;
            buffer_[at.index()].lane[lane] = at.negative ? -digit : digit;
            at.back();
        }
    }
    kernels_.transform(*roots_, buffer_[0].lane, c.spectra[static_cast<std::size_t>(2 * j)].lane, 2 * lanes * orders_);
}

void fourier::add_products() {
    // A piece of both factors stays in the first cache while the orders go by.
    constexpr int piece = 64;
    constexpr int step = 2 * lanes;
    std::vector<std::pair<int, std::pair<int, int>>> work;
    for (int k = known_; k < last_output(); k += kernels::tile)
        for (const auto& [from, to] : ranges(k))
            for (int j = from; j < to; j += piece) work.push_back({k, {j, std::min(to, j + piece)}});
    std::stable_sort(work.begin(), work.end(), [](const auto& a, const auto& b) { return a.second.first / piece < b.second.first / piece; });
    for (total& t : totals_)
        for (int chunk = 0; chunk < roots_->length / lanes; ++chunk) {
            double* const sums = t.spectra[static_cast<std::size_t>(2 * span_ * chunk)].lane;
            for (const auto& [left, right] : t.what.pairs) {
                const double* const a = channels_[left].spectra[static_cast<std::size_t>(2 * orders_ * chunk)].lane;
                const double* const b = channels_[right].spectra[static_cast<std::size_t>(2 * orders_ * chunk)].lane;
                for (const auto& [k, range] : work)
                    kernels_.add_products(a + range.first * step, b + (k - range.first) * step, range.second - range.first, sums + (k - window_) * step);
            }
        }
}

/// Of short blocks the first ones stay, and the newest.
std::ptrdiff_t fourier::place_of_block(const level& l, int chunk, int n) const {
    const std::ptrdiff_t slot = l.size == far || n < few ? n : few + n % few;
    return 4 * l.size * (l.slots * chunk + slot);
}

/// Transforms of the first `count` blocks of orders: a block of a left factor with as many zeros behind, of a right factor with the block before it.
void fourier::transform_blocks(std::size_t which, int count) {
    level& l = levels_[which];
    const std::ptrdiff_t numbers = 2 * l.size, size = 2 * numbers;
    const int chunks = roots_->length / lanes;
    if (l.done == 0) {
        l.slots = which == long_blocks ? (phase_end_ + far - 1) / far : 2 * few;
        for (channel& c : channels_) {
            if (c.left) c.blocks[which].left.resize(static_cast<std::size_t>(size * l.slots * chunks));
            if (c.right) c.blocks[which].right.resize(static_cast<std::size_t>(size * l.slots * chunks));
        }
    }
    for (channel& c : channels_)
        for (int chunk = 0; chunk < chunks; ++chunk) {
            const eight* const spectra = c.spectra.data() + 2 * orders_ * chunk;
            for (int n = l.done; n < count; ++n) {
                if (which == short_blocks && n >= few && n < count - few) continue;
                if (c.left) {
                    eight* const to = c.blocks[which].left.data() + place_of_block(l, chunk, n);
                    std::copy_n(spectra + numbers * n, numbers, to);
                    std::fill_n(to + numbers, numbers, eight{});
                    kernels_.split(*l.roots, to->lane);
                }
                if (c.right && n > 0) {
                    eight* const to = c.blocks[which].right.data() + place_of_block(l, chunk, n);
                    std::copy_n(spectra + numbers * (n - 1), size, to);
                    kernels_.split(*l.roots, to->lane);
                }
            }
        }
    l.done = count;
}

/// Left blocks n in [from, to) meet right blocks count - n - 1 and count - n: what they give for block `count` is the later half of a convolution of two blocks.
void fourier::add_blocks(std::size_t which, const total& t, int chunk, int count, int from, int to, std::vector<eight>& sums) const {
    const level& l = levels_[which];
    for (const auto& [left, right] : t.what.pairs)
        for (int n = from; n < to; ++n)
            kernels_.add_pointwise(channels_[left].blocks[which].left[static_cast<std::size_t>(place_of_block(l, chunk, n))].lane,
                                   channels_[right].blocks[which].right[static_cast<std::size_t>(place_of_block(l, chunk, count - n))].lane, 2 * l.size, sums[0].lane);
}

/// For the orders of the long block that begins at `from`, the products of long blocks before it, except for the first.
void fourier::sum_old(int from) {
    old_from_ = from;
    const int count = from / far;
    transform_blocks(long_blocks, count);
    std::vector<eight> sums(std::size_t{4} * far);
    for (total& t : totals_) {
        t.old.resize(static_cast<std::size_t>(2 * far * roots_->length / lanes));
        for (int chunk = 0; chunk < roots_->length / lanes; ++chunk) {
            std::fill(sums.begin(), sums.end(), eight{});
            add_blocks(long_blocks, t, chunk, count, 1, count, sums);
            kernels_.join(*levels_[long_blocks].roots, sums[0].lane);
            std::copy_n(sums.data() + std::ptrdiff_t{2} * far, 2 * far, t.old.data() + std::ptrdiff_t{2} * far * chunk);
        }
    }
}

/// For the orders of the short block that begins here, the products of short blocks before it, except for the first: where long blocks can take part, those of the first
/// long block and of the one under way, and with their sum.
void fourier::sum_blocks() {
    const int count = known_ / near, from = known_ / far * far, outputs = std::min(span_, last_output() - window_);
    const bool with_old = from >= 2 * far;
    if (with_old && old_from_ != from) sum_old(from);
    transform_blocks(short_blocks, count);
    std::vector<eight> sums(std::size_t{4} * near);
    for (total& t : totals_)
        for (int chunk = 0; chunk < roots_->length / lanes; ++chunk) {
            std::fill(sums.begin(), sums.end(), eight{});
            add_blocks(short_blocks, t, chunk, count, 1, with_old ? few : count, sums);
            if (with_old) add_blocks(short_blocks, t, chunk, count, from / near, count, sums);
            kernels_.join(*levels_[short_blocks].roots, sums[0].lane);
            eight* const to = t.spectra.data() + std::ptrdiff_t{2} * span_ * chunk;
            const eight* const old = with_old ? t.old.data() + std::ptrdiff_t{2} * (far * chunk + known_ - from) : nullptr;
            for (std::ptrdiff_t i = 0; i < 2 * outputs; ++i)
                for (int lane = 0; lane < lanes; ++lane) to[i].lane[lane] += sums[static_cast<std::size_t>(2 * near + i)].lane[lane] + (with_old ? old[i].lane[lane] : 0);
        }
}

void fourier::transform_back(total& t) {
    const int length = roots_->length;
    for (int k = known_; k < known_ + block_; k += lanes) {
        if (k > order_) break;
        kernels_.transform_back(*roots_, t.spectra[static_cast<std::size_t>(2 * (k - window_))].lane, std::ptrdiff_t{2} * lanes * span_, buffer_[0].lane);
        for (int lane = 0; lane < lanes; ++lane) {
            const auto n = static_cast<std::size_t>(k + lane - window_);
            std::vector<std::int64_t>& digits = t.digits[static_cast<std::size_t>(k + lane - known_)];
            digits.clear();
            if (t.last[n] < 0) continue;
            const int digit_count = last_digit(t.last[n]) - first_digit(t.first[n]) + 1;
            place_of_digit at(last_digit(t.last[n]), length);
            for (int d = 0; d < digit_count; ++d, at.back()) {
                const auto value = static_cast<std::int64_t>(buffer_[at.index()].lane[lane]);
                digits.push_back(at.negative ? -value : value);
            }
        }
    }
}

bool fourier::read(std::size_t i, int k, std::vector<std::int64_t>& limbs) const {
    const total& t = totals_[i];
    const std::vector<std::int64_t>& digits = t.digits[static_cast<std::size_t>(k - known_)];
    if (digits.empty()) return false;
    const auto n = static_cast<std::size_t>(k - window_);
    // Digit d has weight 2^-(bits (d + 2)), column c 2^-(limb_bits (c + 2)). From below: carries, cut into limbs, columns below the lowest dropped.
    const int lowest_bit = bits_ * (last_digit(t.last[n]) + 2);
    int c = (lowest_bit + limb_bits - 1) / limb_bits - 2;
    int held = limb_bits * (c + 2) - lowest_bit;
    const int column = t.first[n] - 2;  // below it the sum cannot reach, but for carries
    if (column > t.what.lowest) return false;
    limbs.assign(static_cast<std::size_t>(t.what.lowest - column + 1), 0);
    std::int64_t carried = 0;
    std::uint64_t word = 0;
    const auto put = [&](std::int64_t value) {
        if (c <= t.what.lowest) limbs[static_cast<std::size_t>(c - column)] += value;
        --c;
    };
    for (const std::int64_t digit : digits) {
        carried += digit;
        word |= static_cast<std::uint64_t>(carried & ((std::int64_t{1} << bits_) - 1)) << held;
        carried >>= bits_;
        held += bits_;
        for (; held >= limb_bits && c > column; held -= limb_bits) {
            put(static_cast<std::int64_t>(word & ((std::uint64_t{1} << limb_bits) - 1)));
            word >>= limb_bits;
        }
    }
    std::int64_t rest = static_cast<std::int64_t>(word) + (carried << held);
    while (c > column) {
        put(rest & ((std::int64_t{1} << limb_bits) - 1));
        rest >>= limb_bits;
    }
    put(rest);
    return true;
}

}  // namespace eonflow::series
