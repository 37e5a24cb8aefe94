#include <eonflow/convex/check_parts.hpp>

#include <algorithm>

// With P_g the orthogonal projector on group g (or on the frequencies k and d - k) and u_g = P_g matrix^T lambda, optimality of w = sum_g rho_g u_g reads
// |u_g| = c_g and rho_g > 0 on nonzero groups, |u_g| < c_g elsewhere, lambda > 0 on supporting rows, which hold with equality, and other rows strict.

namespace eonflow::convex::checking {

using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

Ball dot(const std::vector<Ball>& a, const std::vector<Ball>& b) {
    Ball sum;
    for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
    return sum;
}

class group_checker {
public:
    explicit group_checker(const Certificate& certificate) : certificate_(certificate), program_(certificate.program), rows_(certificate.support) {
        require(!rows_.empty() && std::is_sorted(rows_.begin(), rows_.end()) && std::adjacent_find(rows_.begin(), rows_.end()) == rows_.end() &&
                    rows_.back() < program_.rows(),
                "the support is not a sorted list of rows");
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (!std::binary_search(rows_.begin(), rows_.end(), i))
                require(certificate.multiplier_box[i].midpoint == 0 && certificate.multiplier_box[i].radius == 0, "a row outside the support has a multiplier");
    }

    std::string prove(std::int64_t bits) {
        const precision_scope scope(bits);
        const std::size_t m = rows_.size(), d = program_.columns();
        std::vector<Ball> center, box;
        std::vector<Rational> radius;
        for (const std::size_t i : rows_) {
            const Interval& claimed = certificate_.multiplier_box[i];
            center.emplace_back(claimed.midpoint);
            mag_zero(arb_radref(center.back().raw()));
            box.push_back(center.back());
            const Ball spread(claimed.radius);
            arb_add_error(box.back().raw(), spread.raw());
            radius.push_back(claimed.radius);
        }
        set_up();

        // Nonzero groups are those whose norm may reach its bound; their factors follow from the point.
        std::vector<std::size_t> active;
        for (std::size_t g = 0; g < bounds_.size(); ++g)
            if (!(bounds_[g] - norm_square(g, box)).is_positive()) active.push_back(g);
        require(!active.empty(), "no group reaches its bound");
        Rational widest = 0;
        for (const Interval& b : certificate_.point_box) widest = std::max(widest, b.radius);
        for (const std::size_t g : active) {
            const std::vector<Ball> u = projected(g, center);
            Ball rho;
            for (std::size_t j = 0; j < d; ++j) rho += u[j] * Ball(certificate_.point_box[j].midpoint);
            rho /= bounds_[g];
            mag_zero(arb_radref(rho.raw()));
            center.push_back(rho);
        }
        // The certificate does not bound these factors: the smallest box that works.
        std::vector<Ball> image;
        for (int widening = 0;; ++widening) {
            std::vector<Ball> whole = box;
            std::vector<Rational> radii = radius;
            for (std::size_t k = 0; k < active.size(); ++k) {
                Rational r = widest * static_cast<int>(d) * (1 << (4 * widening));
                Ball spread(r);
                whole.push_back(center[m + k]);
                arb_add_error(whole.back().raw(), spread.raw());
                radii.push_back(r);
            }
            try {
                image = krawczyk_image(center, radii, equations(center, active), jacobian(whole, active));
                break;
            } catch (const refusal&) {
                if (widening == 4) throw;
            }
        }

        const std::vector<Ball> lambda(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(m));
        for (std::size_t k = 0; k < image.size(); ++k)
            require((k < m && program_.relation[rows_[k]] == Relation::equal) || image[k].is_positive(), "a multiplier or a group is not positive");
        std::vector<Ball> w(d);
        for (std::size_t g = 0, k = 0; g < bounds_.size(); ++g) {
            if (k == active.size() || active[k] != g) {
                require((bounds_[g] - norm_square(g, lambda)).is_positive(), "group " + std::to_string(g) + " may be nonzero");
                continue;
            }
            const std::vector<Ball> u = projected(g, lambda);
            for (std::size_t j = 0; j < d; ++j) w[j] += image[m + k] * u[j];
            ++k;
        }
        for (std::size_t j = 0; j < d; ++j) {
            const Ball low = w[j] - Ball(certificate_.point_box[j].midpoint - certificate_.point_box[j].radius);
            const Ball high = Ball(certificate_.point_box[j].midpoint + certificate_.point_box[j].radius) - w[j];
            require(arb_is_nonnegative(low.raw()) != 0 && arb_is_nonnegative(high.raw()) != 0, "the box of coordinate " + std::to_string(j) + " does not hold the minimizer");
        }
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (!std::binary_search(rows_.begin(), rows_.end(), i))
                require((dot(data_row(i), w) - Ball(program_.right[i])).is_positive(), "row " + std::to_string(i) + " may be active or violated");
        return "optimal: the boxes contain exactly one pair of point and multipliers that meets the optimality conditions, all of them strictly (Krawczyk's test in "
               "balls at " + std::to_string(bits) + " bits); it is the only one";
    }

private:
    [[nodiscard]] std::vector<Ball> data_row(std::size_t i) const {
        std::vector<Ball> row;
        for (const Rational& x : program_.matrix.row(i)) row.emplace_back(x);
        return row;
    }

    /// images_[g][k] = P_g (row k of the support); bounds_[g] = c_g^2.
    void set_up() {
        const std::size_t d = program_.columns();
        images_.clear();
        bounds_.clear();
        support_rows_.clear();
        for (const std::size_t i : rows_) support_rows_.push_back(data_row(i));
        if (const auto* groups = std::get_if<Group_norm>(&program_.objective)) {
            std::size_t start = 0;
            for (std::size_t g = 0; g < groups->sizes.size(); start += groups->sizes[g++]) {
                bounds_.emplace_back(groups->weights[g] * groups->weights[g]);
                images_.emplace_back();
                for (const std::vector<Ball>& row : support_rows_) {
                    std::vector<Ball> part(d);
                    for (std::size_t j = start; j < start + groups->sizes[g]; ++j) part[j] = row[j];
                    images_.back().push_back(std::move(part));
                }
            }
            return;
        }
        std::vector<Ball> cosine;
        Ball pi;
        arb_const_pi(pi.raw(), static_cast<slong>(number::working_bits()));
        for (std::size_t l = 0; l < d; ++l) cosine.push_back(cos(pi * Ball(Rational(static_cast<long>(2 * l), static_cast<long>(d)))));
        for (std::size_t k = 0; 2 * k <= d; ++k) {
            const int copies = k == 0 || 2 * k == d ? 1 : 2;
            bounds_.emplace_back(copies);
            images_.emplace_back();
            for (const std::vector<Ball>& row : support_rows_) {
                std::vector<Ball> part(d);
                for (std::size_t j = 0; j < d; ++j) {
                    for (std::size_t l = 0; l < d; ++l) part[j] += cosine[k * (j + d - l) % d] * row[l];
                    part[j] *= Ball(Rational(copies, static_cast<long>(d)));
                }
                images_.back().push_back(std::move(part));
            }
        }
    }

    /// u_g
    [[nodiscard]] std::vector<Ball> projected(std::size_t g, const std::vector<Ball>& lambda) const {
        std::vector<Ball> u(program_.columns());
        for (std::size_t k = 0; k < rows_.size(); ++k)
            for (std::size_t j = 0; j < u.size(); ++j) u[j] += lambda[k] * images_[g][k][j];
        return u;
    }

    [[nodiscard]] Ball norm_square(std::size_t g, const std::vector<Ball>& lambda) const {
        const std::vector<Ball> u = projected(g, lambda);
        return dot(u, u);
    }

    [[nodiscard]] std::vector<Ball> equations(const std::vector<Ball>& x, const std::vector<std::size_t>& active) const {
        const std::size_t m = rows_.size();
        std::vector<Ball> result;
        for (const std::size_t i : rows_) result.push_back(-Ball(program_.right[i]));
        for (std::size_t k = 0; k < active.size(); ++k) {
            const std::vector<Ball> u = projected(active[k], x);
            for (std::size_t i = 0; i < m; ++i) result[i] += x[m + k] * dot(support_rows_[i], u);
            result.push_back(dot(u, u) - bounds_[active[k]]);
        }
        return result;
    }

    [[nodiscard]] Matrix<Ball> jacobian(const std::vector<Ball>& x, const std::vector<std::size_t>& active) const {
        const std::size_t m = rows_.size();
        Matrix<Ball> result(x.size(), x.size());
        for (std::size_t k = 0; k < active.size(); ++k) {
            const std::vector<Ball> u = projected(active[k], x);
            for (std::size_t i = 0; i < m; ++i) {
                result(i, m + k) = dot(support_rows_[i], u);
                result(m + k, i) = Ball(2) * dot(u, images_[active[k]][i]);
                for (std::size_t l = 0; l < m; ++l) result(i, l) += x[m + k] * dot(support_rows_[i], images_[active[k]][l]);
            }
        }
        return result;
    }

    const Certificate& certificate_;
    const Program& program_;
    const std::vector<std::size_t>& rows_;
    std::vector<std::vector<Ball>> support_rows_;
    std::vector<std::vector<std::vector<Ball>>> images_;
    std::vector<Ball> bounds_;
};

}  // namespace

std::string check_group_boxes(const Certificate& certificate) {
    group_checker checker(certificate);
    return with_enough_bits(certificate, [&](std::int64_t bits) { return checker.prove(bits); });
}

}  // namespace eonflow::convex::checking
