#include <verify/theorems/theorems.hpp>

#include <verify/theorems/instances.hpp>
#include <verify/theorems/scale_sweep.hpp>
#include <verify/theorems/yun_2021.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Ball;
using number::Rational;

namespace yun {

const std::vector<Statement>& hypotheses() {
    static const std::vector<Statement> list = {
        {"H1", "the data tensor is orthogonally decomposable"},
        {"H2", "start: |(U_lᵀ v_l)_j|² − |(U_Lᵀ v_L)_j|² ≥ λ > 0 for l < L and every j"},
        {"H3", "regression: X Sᵀ has full row rank"},
        {"H4", "classification: the data are linearly separable"},
        {"H5", "classification: Xᵀr converges in direction (observed)"},
        {"H6", "two layers, one sample: the largest singular value of M(x) is simple, and the start has a part along e₁ + y e₂ there"},
        {"H7", "fully connected regression: W_l W_lᵀ ⪰ W_{l+1}ᵀ W_{l+1} for l ≤ L−2, and W_{L−1} W_{L−1}ᵀ − W_Lᵀ W_L ⪰ λI, λ > 0"},
        {"H8", "regression, two layers, one sample: the start has a part along e₁ + sgn(y) e₂ with s_j > 0"},
    };
    return list;
}

const std::vector<Statement>& claims() {
    static const std::vector<Statement> list = {
        {"Y1", "classification: the directions of the layers are singular vectors of M(−u∞), u∞ the limit direction of Xᵀr"},
        {"Y2", "classification, 2 layers: the direction of β is that of the least ‖S⁻ᵀβ‖₁ with margins 1"},
        {"Y2.1", "classification: the loss tends to 0"},
        {"Y2.2", "classification, one sample, L ≥ 3: the winner of the race takes the direction"},
        {"Y2.3", "classification, one sample, L ≥ 3: the other coordinates stay finite, at ρ_j(ν∞)"},
        {"Y2.4", "classification: ρ/‖ρ‖ is a stationary point of ‖ρ‖_{2/L} with margins at least 1"},
        {"Y3", "classification, 2 layers, one sample: the layers tend to the top singular vectors of M(x)"},
        {"Y4", "regression: β converges to the minimizer of Q on X β = y"},
        {"Y4.1", "regression: the loss falls at least like exp(−2 (α²λ)^{L−1} σ_min² t)"},
        {"Y4.2", "regression: Nᵀ(∇Q(ρ(t)) − ∇Q(ρ(0))) = 0 along the whole trajectory"},
        {"Y4.3", "regression: the n-dimensional dual flow is the same flow"},
        {"Y4.4", "regression: the limit does not depend on loss and link"},
        {"Y4.5", "regression: all samples are fitted in the end"},
        {"Y4.6", "sweep of α: as α → 0 the coordinates outside the weighted l1 interpolator vanish like α^L, for L = 2 like α^{2(1−κ)}, κ < 1 the largest dual ratio"},
        {"Y4.7", "sweep of α: as α → ∞ the limit tends to the weighted l2 interpolator like α^{−2L}"},
        {"Y5", "regression, 2 layers, one sample: the layers end at exp(ν∞ [0, M(x); M(x)ᵀ, 0]) (v_1, v_2)(0), g(ν∞) = y"},
        {"Y5.1", "regression, 2 layers, one sample: along the whole trajectory the layers are exp(ν [0, M(x); M(x)ᵀ, 0]) (v_1, v_2)(0)"},
        {"Y6", "fully connected regression: all samples are fitted in the end"},
        {"Y6.1", "fully connected regression: the limit is X⁺y + P⊥ W_1(0)ᵀ (W_L⋯W_2)ᵀ(∞)"},
        {"Y6.2", "fully connected regression from α W(0): the distance of the limit from X⁺y is of the order α"},
    };
    return list;
}

const Statement& claim(std::string_view id) {
    return *std::find_if(claims().begin(), claims().end(), [&](const Statement& s) { return s.id == id; });
}

HypothesisResult hypothesis(std::string_view id, bool met, std::string evidence) {
    const auto& statement = *std::find_if(hypotheses().begin(), hypotheses().end(), [&](const Statement& s) { return s.id == id; });
    return {statement.id, statement.text, met ? Verdict::holds : Verdict::hypotheses_not_met, std::move(evidence)};
}

namespace {

Rational square(const Rational& x) { return x * x; }

/// The least of v_l[j]^2 - v_L[j]^2 over l < L and j.
Rational least_gap(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    std::optional<Rational> least;
    for (std::size_t l = 0; l + 1 < depth; ++l)
        for (std::size_t j = 0; j < d; ++j) {
            const Rational gap = square(problem.initial[l * d + j]) - square(problem.initial[(depth - 1) * d + j]);
            if (!least || gap < *least) least = gap;
        }
    return *least;
}

/// The same in the coordinates of a decomposition that was computed, with the digits that it has.
HypothesisResult judge_gap(const flow::Problem& problem, const flow::Decomposition& decomposition) {
    const std::size_t depth = problem.model.layers.size();
    std::vector<std::vector<number::Real>> squares;
    for (const model::layer& layer : problem.model.layers) {
        number::Vector v;
        for (std::size_t i = 0; i < layer.columns; ++i) v.push_back(number::to_real(problem.initial[layer.offset + i]));
        std::vector<number::Real>& of_layer = squares.emplace_back();
        for (const flow::Complex& e : decomposition.along(squares.size() - 1, v)) of_layer.push_back(flow::square_modulus(e));
    }
    std::optional<number::Real> least;
    for (std::size_t l = 0; l + 1 < depth; ++l)
        for (std::size_t j = 0; j < decomposition.components(); ++j) {
            const number::Real gap = squares[l][j] - squares.back()[j];
            if (!least || gap < *least) least = gap;
        }
    const number::Real noise = number::power_of_two(-number::working_bits() / 2);
    HypothesisResult result = hypothesis("H2", *least > noise, "λ = " + number::to_decimal(*least, 6));
    if (abs(*least) <= noise) result.evidence = "λ is 0 to half of the working precision";
    return result;
}

}  // namespace

Setting judge_setting(const flow::Problem& problem, Report& report) {
    Setting setting;
    setting.decomposition = flow::decompose(problem.model);
    HypothesisResult first = hypothesis("H1", setting.decomposition.exists(), setting.decomposition.evidence);
    if (setting.decomposition.found == flow::Decomposition::outcome::undecided) first.verdict = Verdict::inconclusive_precision;
    report.hypotheses.push_back(std::move(first));
    if (!setting.decomposition.exists()) return setting;
    if (problem.model.layers_couple == model::coupling::entrywise) {
        setting.gap = least_gap(problem);
        report.hypotheses.push_back(hypothesis("H2", setting.gap > 0, "exact: λ = " + number::to_text(setting.gap)));
    } else {
        report.hypotheses.push_back(judge_gap(problem, setting.decomposition));
    }
    setting.dominated = report.hypotheses.back().verdict == Verdict::holds;
    return setting;
}

number::Matrix<Rational> bilinear_form(const flow::Problem& problem, std::span<const Rational> x) {
    const flow::DataTensor tensor = flow::data_tensor(problem.model);
    const std::vector<Rational> entries = tensor.at(x);
    number::Matrix<Rational> M(tensor.shape[0], tensor.shape[1]);
    for (std::size_t i = 0; i < M.rows(); ++i)
        for (std::size_t j = 0; j < M.columns(); ++j) M(i, j) = entries[i * M.columns() + j];
    return M;
}

}  // namespace yun

namespace {

Report check(const flow::Problem& problem, const CheckOptions& options) {
    constexpr std::int64_t spare_bits = 64;  // of the decomposition, against the rounding of what is computed with it
    const std::size_t depth = problem.model.layers.size();
    const bool regression = problem.loss.kind == model::loss_kind::squared;
    const bool network = problem.model.matrix_chain || problem.model.layers_couple != model::coupling::none;
    if (!network || depth < 2 || !(regression || problem.loss.is_classification()))
        throw invalid_input("yun_2021 is checked for linear networks of at least 2 layers (diagonal, convolution, tensor, dense) with the squared, exponential or logistic loss, not for " +
                                problem.model.description,
                            "/model");
    problem.validate();
    Report report;
    const number::precision_scope scope(number::bits_for_digits(options.digits + 20) + spare_bits);
    if (!regression) {
        yun::check_classification(problem, options, report);
        return report;
    }
    if (problem.model.matrix_chain) {
        yun::check_dense_regression(problem, options, report);
        return report;
    }
    const yun::Setting setting = yun::judge_setting(problem, report);
    const bool two_layers = depth == 2 && problem.data.samples() == 1;
    if (setting.decomposition.exists() && !setting.dominated)
        report.claims.push_back(not_met(yun::claim("Y4"), report.hypotheses.back()));
    else if (setting.decomposition.is_rational())
        yun::check_potential(problem, setting, options, report);
    else if (!two_layers)
        report.claims.push_back(not_met(yun::claim("Y4"), setting.decomposition.exists() ? yun::hypothesis("H1", false, "") : report.hypotheses.front()));
    if (two_layers) yun::check_two_layer_regression(problem, options, report);
    return report;
}

}  // namespace

Theorem yun_2021() {
    Theorem t;
    t.id = "yun_2021";
    t.title = "Linear tensor networks";
    t.statement =
        "Let f(x) = M(x) ∘ (v_1, …, v_L) with M(x) linear in x. On separable data the layers converge in direction to singular vectors of M(−u∞). If M(x) = Σ_j (S x)_j u_{1,j} ⊗ ⋯ ⊗ u_{L,j} is orthogonally decomposable and "
        "v_1, …, v_{L−1} start larger than v_L in every coordinate, β converges in direction to a stationary point of min ‖ρ‖_{2/L} subject to yᵢ xᵢᵀSᵀρ ≥ 1. On regression with real S, U_l and v_l(0) = α U_l η (l < L), "
        "v_L(0) = 0 it converges to the minimizer of Q(ρ) = α² Σ_j η_j² H_L(ρ_j/(α^L |η_j|^L)) subject to X Sᵀρ = y; a fully connected network converges to the least-norm interpolator as α → 0.";
    t.notation =
        "x ∈ R^d; v_l the vectors of the layers (W_l the matrices of a fully connected network); r_i = dloss/df(x_i); ρ_j = ∏_l (U_lᵀ v_l)_j, β = Sᵀρ; H_L' = h_L⁻¹, h_L(τ) = q (1+q²)^{(L−1)/2} with τ = ∫₀^q (1+s²)^{−(L−1)/2} ds; "
        "T_L the blow-up value of h_L; λ the least gap of squares at the start; N a basis of ker X Sᵀ; e_l = U_lᵀ v_l in the singular bases of M(x) = U_1 diag(s) U_2ᵀ, g(ν) = Σ_j s_j (½(e_{1j}² + e_{2j}²) sinh 2s_jν + "
        "e_{1j} e_{2j} cosh 2s_jν); P⊥ the projector off the row space of X.";
    t.hypotheses = yun::hypotheses();
    t.claims = yun::claims();
    t.source = "C. Yun, S. Krishnan, H. Mobahi: A unifying view on implicit bias in training linear neural networks. ICLR 2021.";
    t.checked =
        "Diagonal, convolution, tensor and fully connected networks. H1 by exact rational conditions on the slices of the data tensor, which refute a decomposition, and by one that is found and put together again; H2, H3 and H7 exactly (H2 for "
        "irrational decompositions in the working precision), H4 by an exact separating vector or Farkas vector, H6 by exact inertia. Classification: the flow is followed until |θ| is about 10^(digits + 3), further where the residual of Y1 "
        "still has digits to gain; Y1, Y2.4 as residuals of the equations of the limit with the flow's own weights, Y2, Y3 and Y2.2 as distances. For one sample and L ≥ 3 the winner argmax a_j^{L−2}|x_j| and the finite limits ρ_j(ν∞) of the others "
        "are compared, which are derived here and sharper than the paper. Regression: the flow is followed until it has settled, every number confirmed by a second run, and compared with the certified minimizer of Q, with the one-parameter "
        "curve of Y5, with the exact projections of Y6.1; Y4.2 at every sample in balls; Y4.3 against the n-dimensional dual flow (L = 2, 3, 4); Y4.4 with three other losses, two of them behind a link. A sweep of the scale α of the start follows "
        "the flow in coordinates of the size log(1/α) and compares it with the minimizer of Q and the l1 and l2 ends.";
    t.not_checked = "The rate of Y1. Q for decompositions that are not rational. H7 is as remembered from the paper. That a limit exists is observed, not proved.";
    t.boundary_cases =
        "A coordinate in which the last layer starts as large as another (the scalar v_1 = −v_2 goes to the saddle at 0): hypotheses_not_met. Dependent rows of X: hypotheses_not_met. A tensor that is not orthogonally decomposable: "
        "H1 is refuted and Y1, Y3, Y5 are judged.";
    t.instances = yun_instances();
    t.check = check;
    t.sweeps = {sweep_of_scale({yun::claim("Y4"), yun::claim("Y4.6"), yun::claim("Y4.7")}, "two_samples_depth_2")};
    return t;
}

}  // namespace eonflow::verify
