namespace GpuPerceptron.Data;

/// <summary>Chooses the faster of two ways to do the same, by trying both at first, and the slower one again now and then.</summary>
internal struct FasterWay
{
    private const int FirstTrials = 4; // of each
    private const int TrialCost = 32;  // at most one part in as many of the time goes into trials
    // Of a mean: little where times are many, so that what is done now and then, and for all, by one of them does not make it the slower way.
    private const double NewestOfFaster = 1d / 16;
    private const double NewestOfSlower = 1d / 4;

    private double _first, _second; // mean times
    private int _firsts, _seconds;
    private long _choices, _nextTrial;

    /// <summary>Whether the second way is to be taken next.</summary>
    public bool IsSecondNext()
    {
        _choices++;
        if (Math.Min(_firsts, _seconds) < FirstTrials) return _seconds < _firsts;
        bool isSecondFaster = _second < _first;
        if (_choices < _nextTrial) return isSecondFaster;
        double slower = Math.Max(_first, _second) / Math.Max(double.Epsilon, Math.Min(_first, _second));
        _nextTrial = _choices + (long)Math.Min(TrialCost * slower, 1e6);
        return !isSecondFaster;
    }

    /// <summary>Takes note of a time, in whatever unit.</summary>
    /// <param name="isSecond">Of which way.</param>
    /// <param name="time">How long it took.</param>
    public void Took(bool isSecond, double time)
    {
        ref double mean = ref isSecond ? ref _second : ref _first;
        ref int count = ref isSecond ? ref _seconds : ref _firsts;
        double newest = isSecond == _second < _first ? NewestOfFaster : NewestOfSlower;
        mean = count == 0 ? time : mean + newest * (time - mean);
        count++;
    }
}
