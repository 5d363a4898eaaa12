namespace GpuPerceptron.Solvers;

/// <summary>What is known of a Hessian without having it: something to divide a gradient by.</summary>
internal interface ICurvatureModel : IDisposable
{
    /// <summary>x ← B⁻¹x.</summary>
    /// <param name="x">As many values as there are parameters.</param>
    void Apply(Span<double> x);
}
