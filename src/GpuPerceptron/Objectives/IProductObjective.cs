namespace GpuPerceptron.Objectives;

/// <summary>An objective whose Hessian is known by its products with vectors.</summary>
public interface IProductObjective : IObjective
{
    /// <summary>Whether the products can be had.</summary>
    bool HasProducts { get; }

    /// <summary>Holds ∇²f at the θ that was evaluated last, for <see cref="HessianTimes"/>.</summary>
    /// <param name="diagonal">Its diagonal; overwritten.</param>
    void HoldHessian(Span<double> diagonal);

    /// <summary>∇²f u, where it is held.</summary>
    /// <param name="direction">u.</param>
    /// <param name="product">Overwritten.</param>
    void HessianTimes(ReadOnlySpan<double> direction, Span<double> product);
}
