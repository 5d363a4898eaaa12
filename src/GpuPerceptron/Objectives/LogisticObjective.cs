using GpuPerceptron.Engines;
using GpuPerceptron.LinearAlgebra;

namespace GpuPerceptron.Objectives;

/// <summary>
/// F(w, b) = (1/Σs) Σ sᵢ ℓ(yᵢ, w·xᵢ + b) + λ₂/2 ‖w‖² + λ₁ ‖w‖₁, with ℓ the binary cross-entropy. The bias is not penalised.
/// </summary>
/// <remarks>
/// ∇f = (1/Σs) X̃ᵀ (s ∘ (Z − Y)) + λ₂ (w, 0) and ∇²f = (1/Σs) X̃ᵀ diag(s ∘ Z ∘ (1 − Z)) X̃ + λ₂ diag(1, …, 1, 0). An engine's
/// sum is divided by Σs here, so that learning rate, penalty and tolerance mean the same at any number of samples.
/// </remarks>
/// <param name="engine">Where the samples are.</param>
/// <param name="totalWeight">Σs, greater than 0.</param>
/// <param name="l2">λ₂, at least 0.</param>
/// <param name="l1">λ₁, at least 0.</param>
public class LogisticObjective(IEngine engine, double totalWeight, double l2, double l1 = 0) : ICurvedObjective,
    IProductObjective, IDirectionalObjective, IMiniBatchObjective
{
    /// <summary>Where the samples are.</summary>
    protected IEngine Engine => engine;

    /// <summary>λ₂.</summary>
    protected double L2 => l2;

    /// <inheritdoc/>
    public int Dimension => engine.Features + 1;

    /// <inheritdoc/>
    public double L1 => l1;

    /// <summary>The mean of the losses at the last evaluation: F without the penalty.</summary>
    public double MeanLoss { get; private set; }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient) =>
        Complete(engine.Pass(PassLoss.Logistic, parameters, gradient), parameters, gradient);

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient, Span<double> hessian)
    {
        double loss = engine.HessianPass(parameters, gradient, hessian);
        Vectors.Divide(hessian, totalWeight);
        for (int j = 0; j < Dimension - 1; j++)
            hessian[j * Dimension + j] += l2;
        return Complete(loss, parameters, gradient);
    }

    /// <inheritdoc/>
    public bool HasProducts => engine is IHessianProducts;

    /// <inheritdoc/>
    public void HoldHessian(Span<double> diagonal)
    {
        Products.HoldCurvatures(diagonal);
        for (int j = 0; j < diagonal.Length; j++)
            diagonal[j] = diagonal[j] / totalWeight + (j < Dimension - 1 ? l2 : 0);
    }

    /// <inheritdoc/>
    public void HessianTimes(ReadOnlySpan<double> direction, Span<double> product)
    {
        Products.HessianTimes(direction, product);
        for (int j = 0; j < product.Length; j++)
            product[j] = product[j] / totalWeight + (j < Dimension - 1 ? l2 * direction[j] : 0);
    }

    /// <inheritdoc/>
    bool IDirectionalObjective.HasDirectionProducts => engine is IDirectionProducts { HasDirectionProducts: true };

    /// <inheritdoc/>
    double IDirectionalObjective.HessianTimes(
        ReadOnlySpan<double> parameters, double part, int count, ReadOnlySpan<double> directions, Span<double> products, Span<double> diagonal)
    {
        double worth = ((IDirectionProducts)engine).HessianTimes(parameters, part, count, directions, products, diagonal);
        Vectors.Divide(products, totalWeight);
        Vectors.Divide(diagonal, totalWeight);
        for (int j = 0; j < Dimension - 1; j++)
        {
            diagonal[j] += l2;
            Vectors.AddScaled(products.Slice(j * count, count), l2, directions.Slice(j * count, count));
        }

        return worth;
    }

    /// <inheritdoc/>
    public IMiniBatches MiniBatches(MiniBatchOptions options, ReadOnlySpan<double> start) =>
        engine.MiniBatches(options, totalWeight, l2, start);

    /// <summary>λ₂/2 ‖w‖² + λ₁ ‖w‖₁: F without the losses.</summary>
    /// <param name="parameters">θ.</param>
    public double Penalty(ReadOnlySpan<double> parameters)
    {
        double squares = 0, absolutes = 0;
        foreach (double weight in parameters[..^1])
        {
            squares += weight * weight;
            absolutes += Math.Abs(weight);
        }

        return l2 / 2 * squares + l1 * absolutes;
    }

    private IHessianProducts Products => engine as IHessianProducts
        ?? throw new InvalidOperationException($"{engine.Device} multiplies by no Hessian");

    private double Complete(double loss, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        MeanLoss = loss / totalWeight;
        double squares = 0;
        for (int j = 0; j < gradient.Length - 1; j++)
        {
            gradient[j] = gradient[j] / totalWeight + l2 * parameters[j];
            squares += parameters[j] * parameters[j];
        }

        gradient[^1] /= totalWeight;
        return MeanLoss + 0.5 * l2 * squares;
    }
}
